import { isRecord } from "./errors.ts";

/** An account as everybody sees it. */
export interface User {
  /** Decimal for own accounts, the host application's text for its own; compared as text. */
  readonly id: string;
  /** 1 to 32 long, unique without regard to case. */
  readonly username: string;
  /** Shown instead of the username where there is one. */
  readonly displayName: string | null;
  /** A picture's `https` address. */
  readonly avatarUrl: string | null;
  readonly isGuest: boolean;
}

/** What people read: the display name, else the username. */
export function shownName({ displayName, username }: User): string {
  return displayName ?? username;
}

/** Reads a user off the wire; `null` for anything else. */
export function parseUser(wire: unknown): User | null {
  if (!isRecord(wire) || typeof wire.id !== "string" || typeof wire.username !== "string") return null;
  return {
    id: wire.id,
    username: wire.username,
    displayName: typeof wire.displayName === "string" ? wire.displayName : null,
    avatarUrl: typeof wire.avatarUrl === "string" ? wire.avatarUrl : null,
    isGuest: wire.isGuest === true,
  };
}

import { isRecord } from "./errors.ts";
import { count } from "./reading.ts";

/** Somebody who listens to a room or channel; several tabs are one. */
export interface ActiveUser {
  readonly userId: string;
  readonly userName: string;
  readonly isGuest: boolean;
}

/** Somebody began or ceased to listen. */
export interface GroupNotice extends ActiveUser {
  readonly groupId: string;
  readonly activeCount: number;
}

/** How many listen, where there are too many to be named. */
export interface GroupCount {
  readonly groupId: string;
  readonly activeCount: number;
}

/** From so many on, the server names no longer all who are here. */
export const MAX_NAMED = 200;

/** Who is here. */
export interface Presence {
  /** In order of coming; at most `MAX_NAMED`, and incomplete where the server only counts. */
  readonly users: readonly ActiveUser[];
  readonly count: number;
}

/** Nobody, as far as is known. */
export const NOBODY: Presence = { users: [], count: 0 };

/** The comings and goings between two messages, folded into one line. */
export interface Comings {
  /** Stays the same while more is folded in. */
  readonly key: string;
  /** The place of the message that was the newest. */
  readonly afterSeq: number;
  /** The last that each person did, in order. */
  readonly people: readonly Coming[];
}

export interface Coming extends ActiveUser {
  readonly did: "joined" | "left";
}

/** How many lines of comings and goings are kept: 200 of 50 names hold less than 1 MB. */
const MAX_LINES = 200;
/** How many people one line knows of; the first ones are let go. */
const MAX_PEOPLE = 50;

/** Somebody has come, or come again. */
export function comes(presence: Presence, { userId, userName, isGuest, activeCount }: GroupNotice): Presence {
  const others = presence.users.filter((user) => user.userId !== userId);
  return { users: [...others, { userId, userName, isGuest }].slice(0, MAX_NAMED), count: activeCount };
}

/** Somebody has gone. */
export function goes(presence: Presence, { userId, activeCount }: GroupNotice): Presence {
  return { users: presence.users.filter((user) => user.userId !== userId), count: activeCount };
}

/** Whether the names are not those of all who are here, though they could be. */
export function isStale({ users, count }: Presence): boolean {
  return count <= MAX_NAMED && users.length !== count;
}

/** Reads somebody who listens; `null` for anything else. */
export function parseActiveUser(wire: unknown): ActiveUser | null {
  if (!isRecord(wire) || typeof wire.userId !== "string" || typeof wire.userName !== "string") return null;
  return { userId: wire.userId, userName: wire.userName, isGuest: wire.isGuest === true };
}

/** Reads a notice of coming or going, where `groupId` says; `null` for one of the stranger chat. */
export function parseNotice(wire: Record<string, unknown>, groupId: unknown): GroupNotice | null {
  const user = parseActiveUser(wire);
  if (user === null || typeof groupId !== "string") return null;
  return { groupId, ...user, activeCount: count(wire.activeCount) };
}

/** Reads how many listen; `null` for anything else. */
export function parseCount(wire: unknown): GroupCount | null {
  if (!isRecord(wire) || typeof wire.roomId !== "string" || typeof wire.activeCount !== "number") return null;
  return { groupId: wire.roomId, activeCount: wire.activeCount };
}

/** Folds one more coming or going in: into the last line, unless a message came in between. */
export function fold(
  lines: readonly Comings[],
  afterSeq: number,
  { userId, userName, isGuest }: ActiveUser,
  did: Coming["did"],
): readonly Comings[] {
  const last = lines.at(-1);
  const coming: Coming = { userId, userName, isGuest, did };
  if (last?.afterSeq !== afterSeq) {
    const number = last === undefined ? 0 : Number(last.key.slice(KEY.length)) + 1;
    return [...lines, { key: `${KEY}${number}`, afterSeq, people: [coming] }].slice(-MAX_LINES);
  }
  const others = last.people.filter((person) => person.userId !== userId);
  return lines.with(-1, { ...last, people: [...others, coming].slice(-MAX_PEOPLE) });
}

const KEY = "comings-";

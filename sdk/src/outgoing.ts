import type { ParlourError } from "./errors.ts";
import type { OutboxKeeper } from "./kept-outbox.ts";

/** How far something that one wrote has come. */
export type OutgoingStatus =
  /** It waits for its turn, or for a connection. */
  | { readonly kind: "queued" }
  /** It is under way: the server may have it already. */
  | { readonly kind: "sending" }
  /** The server has taken it and shown it to others; it is not known to be stored. */
  | { readonly kind: "shown" }
  /** Nobody has said for long what became of it: it may be sent again, which is harmless. */
  | { readonly kind: "unanswered" }
  | { readonly kind: "failed"; readonly error: ParlourError };

/** Something that one wrote and that the server has not confirmed yet. */
export interface Outgoing {
  /** What makes sending it twice harmless. */
  readonly clientId: string;
  readonly conversationId: string;
  readonly text: string;
  /** When it was written, in milliseconds since 1970 by this machine's clock. */
  readonly at: number;
  /** Whether it outlives the page: there was somewhere to keep it, and room. */
  readonly isKept: boolean;
  readonly status: OutgoingStatus;
}

export type OutboxDraft = Pick<Outgoing, "clientId" | "conversationId" | "text">;

/** How much can wait: 500 texts of at most 4,000 letters hold 4 MB. */
export const MAX_OUTGOING = 500;

/** Whether it waits for the person to say what to do. */
export function isResting({ status }: Outgoing): boolean {
  return status.kind === "failed" || status.kind === "unanswered";
}

/** What was kept from an earlier visit; the server may have it, and sending it again is harmless then. */
export function keptBy(keeper: OutboxKeeper | null | undefined): readonly Outgoing[] {
  const kept = keeper?.load() ?? [];
  return kept.slice(0, MAX_OUTGOING).map(({ error, ...draft }) => ({
    ...draft,
    isKept: true,
    status: error === null ? { kind: "queued" } : { kind: "failed", error },
  }));
}

import type { ParlourError } from "@parlour/sdk/errors";
import { NO_LINES, type Line, type Lines } from "./line.ts";

/** Where one is with the strangers. */
export type Phase =
  /** On the first screen. */
  | { readonly kind: "idle" }
  /** Wants a seat: asked for, or waiting for the connection to ask over. */
  | { readonly kind: "starting" }
  /** Sits alone. `fresh`: lines are kept for whoever comes; not so in a room that someone left. */
  | { readonly kind: "waiting"; readonly roomId: string; readonly fresh: boolean }
  | { readonly kind: "talking"; readonly roomId: string; readonly partner: string }
  /** The partner has left; the seat stays, and the server may put the next one here by itself. */
  | { readonly kind: "left"; readonly roomId: string; readonly partner: string }
  /** The chat is over because one's own connection broke; there is no seat any more. */
  | { readonly kind: "lost"; readonly partner: string; readonly partnerLeftBefore: boolean };

/** What one asks for that can fail as a whole. */
export type Doing = "start" | "new" | "block";

/** Something to tell the person, until they do the next thing. */
export type Notice =
  | { readonly kind: "error"; readonly doing: Doing; readonly error: ParlourError }
  | { readonly kind: "blocked"; readonly partner: string };

export interface StrangerState {
  readonly phase: Phase;
  /** Counts the people that a line may be meant for: it grows when a new one takes the place. */
  readonly epoch: number;
  readonly lines: Lines;
  readonly partnerTyping: boolean;
  /** What is under way that ends the present chat. */
  readonly busy: "new" | "block" | null;
  readonly notice: Notice | null;
}

export const FIRST_STATE: StrangerState = {
  phase: { kind: "idle" },
  epoch: 0,
  lines: NO_LINES,
  partnerTyping: false,
  busy: null,
  notice: null,
};

/** The room that a line written now would go to; `null` where it would reach nobody. */
export function writableRoom(phase: Phase): string | null {
  if (phase.kind === "talking") return phase.roomId;
  return phase.kind === "waiting" && phase.fresh ? phase.roomId : null;
}

/** Whether sending `line` again can work: it has failed, may succeed, and its reader is there. */
export function canRetry(phase: Phase, line: Line): boolean {
  return line.status.kind === "failed" && line.status.error.retryable && writableRoom(phase) !== null;
}

/** What happened, for those who announce and count it. */
export type StrangerEvent =
  | { readonly kind: "line"; readonly line: Line }
  | { readonly kind: "joined"; readonly partner: string }
  | { readonly kind: "left"; readonly partner: string }
  | { readonly kind: "lost" }
  | { readonly kind: "failed"; readonly error: ParlourError };

import type { PairRoom } from "@parlour/sdk/pair-events";
import { NO_LINES } from "./line.ts";
import { FIRST_STATE, type Phase, type StrangerState } from "./stranger-state.ts";

/** Where one sits and with whom, as the server says it in an answer, an event or a status. */
export type Seating = Pick<PairRoom, "roomId" | "users" | "status">;

/**
 * The state of one whose own id is `self` once the server has said where they sit: that is the
 * truth, whatever was shown before. The same state if it says nothing new. Lines stay only with
 * the one whom they were written for.
 */
export function follow(state: StrangerState, seating: Seating, self: string | null): StrangerState {
  const phase = phaseIn(state.phase, seating, self);
  if (phase === state.phase) return state;
  const before = state.phase.kind;
  const keepsLines = before === "starting" || (before === "waiting" && phase.kind === "talking");
  if (keepsLines) return { ...state, phase, partnerTyping: false };
  const epoch = state.epoch + 1;
  return { ...state, phase, epoch, lines: NO_LINES, partnerTyping: false, notice: null };
}

/** The state once NEW CHAT is done: nothing of the old chat stays, unless the new one is shown already. */
export function enterNew(state: StrangerState, seating: Seating, self: string | null): StrangerState {
  const { phase } = state;
  const isKnown = "roomId" in phase && phase.roomId === seating.roomId;
  if (isKnown && phase.kind !== "left") return { ...follow(state, seating, self), busy: null };
  // Who waited already keeps the place, and a room that someone has left keeps no lines.
  const from: Phase = isKnown ? { kind: "waiting", roomId: seating.roomId, fresh: false } : { kind: "starting" };
  return follow({ ...FIRST_STATE, phase: from, epoch: state.epoch + 1 }, seating, self);
}

function phaseIn(phase: Phase, seating: Seating, self: string | null): Phase {
  const { roomId, users, status } = seating;
  const isKnown = "roomId" in phase && phase.roomId === roomId;
  if (status === "waiting") {
    if (isKnown && phase.kind !== "talking") return phase;
    return { kind: "waiting", roomId, fresh: true };
  }
  const partner = users.find((user) => user.socketId !== self)?.username;
  if (partner === undefined || (isKnown && phase.kind === "talking")) return phase;
  return { kind: "talking", roomId, partner };
}

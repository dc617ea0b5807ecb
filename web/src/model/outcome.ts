import type { ParlourError } from "@parlour/sdk/errors";
import type { PairRoom } from "@parlour/sdk/pair-events";
import type { Outcome } from "./seat-requests.ts";
import { enterNew, follow } from "./seating.ts";
import { FIRST_STATE, type Doing, type Notice, type StrangerState } from "./stranger-state.ts";

/** The state of one whose own id is `self` once it is known what became of START. */
export function afterStart(
  state: StrangerState,
  outcome: Outcome<PairRoom>,
  self: string | null,
): StrangerState {
  if (outcome.kind === "done") return follow(state, outcome.value, self);
  if (outcome.kind !== "learned") return idle(state, failure("start", outcome.error));
  const { seating } = outcome;
  return seating === null ? idle(state, failure("start", outcome.error)) : follow(state, seating, self);
}

/** The same for NEW CHAT, which was asked for in the room `askedIn`. */
export function afterNewChat(
  state: StrangerState,
  outcome: Outcome<PairRoom>,
  self: string | null,
  askedIn: string,
): StrangerState {
  if (outcome.kind === "done") return enterNew(state, outcome.value, self);
  if (outcome.kind === "refused") return { ...state, busy: null, notice: failure("new", outcome.error) };
  // Unanswered, it stays wanted: a new connection comes, and with it a seat.
  if (outcome.kind === "unanswered") return state;
  const { seating } = outcome;
  if (seating === null) return idle(state, failure("new", outcome.error));
  if (seating.status === "active" && seating.roomId === askedIn) {
    return { ...follow(state, seating, self), busy: null, notice: failure("new", outcome.error) };
  }
  return enterNew(state, seating, self);
}

/** The same for blocking `partner`. */
export function afterBlock(
  state: StrangerState,
  outcome: Outcome<object>,
  self: string | null,
  partner: string,
): StrangerState {
  if (outcome.kind === "done") return idle(state, { kind: "blocked", partner });
  if (outcome.kind !== "learned") return { ...state, busy: null, notice: failure("block", outcome.error) };
  const { seating } = outcome;
  // Who has blocked has left: to have a seat still means that it was not done.
  if (seating === null) return idle(state, { kind: "blocked", partner });
  return { ...follow(state, seating, self), busy: null, notice: failure("block", outcome.error) };
}

/** The first screen after something, which `notice` tells of. */
export function idle(state: StrangerState, notice: Notice | null): StrangerState {
  return { ...FIRST_STATE, epoch: state.epoch + 1, notice };
}

/** The notice that something could not be done. */
export function failure(doing: Doing, error: ParlourError): Notice {
  return { kind: "error", doing, error };
}

import type { ParlourError } from "./errors.ts";
import { logFromPage, type MessageLog } from "./message-log.ts";
import type { Room, RoomMessage } from "./room-events.ts";

/** One open room, as it is known now. */
export interface RoomFeedState {
  readonly phase:
    | { readonly kind: "loading" }
    | { readonly kind: "ready" }
    /** The newest page could not be had. */
    | { readonly kind: "failed"; readonly error: ParlourError };
  /** What the server said of the room when it was joined; `null` before that. */
  readonly room: Room | null;
  /** Whether one is, or wants to be, in the room; else it is only looked at. */
  readonly member: boolean;
  /** Whether one listens, so that everything new comes by itself. */
  readonly live: boolean;
  /** Why joining did not work the last time. */
  readonly joinError: ParlourError | null;
  readonly log: MessageLog<RoomMessage>;
  readonly older: "idle" | "loading" | "failed";
}

/** Nothing is known yet. */
export function firstState(member: boolean): RoomFeedState {
  return {
    phase: { kind: "loading" },
    room: null,
    member,
    live: false,
    joinError: null,
    log: logFromPage<RoomMessage>([], false),
    older: "idle",
  };
}

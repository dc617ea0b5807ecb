import type { Socket } from "socket.io-client";
import type { ChannelRequests } from "./channel-events.ts";
import type { DirectDraft, DirectRequests } from "./direct-events.ts";
import { DISCONNECTED, parseAck, TIMED_OUT, type Result } from "./errors.ts";
import type { PairDraft, PairRequests, ServerToClientEvents } from "./pair-events.ts";
import type { RoomDraft, RoomRequests } from "./room-events.ts";
import type { SyncRequest } from "./sync.ts";

type WireAck = (answer: unknown) => void;
type Hint = (...where: [] | [where: { readonly conversationId: string }, ack: WireAck]) => void;
/** Names that more than one kind of conversation has; which one is meant, the fields say. */
interface SharedRequests {
  send_message: (draft: PairDraft | RoomDraft | DirectDraft, ack: WireAck) => void;
  mark_read: (
    mark: { readonly seq: number } & ({ readonly roomId: string } | { readonly conversationId: string }),
    ack: WireAck,
  ) => void;
  typing: Hint;
  stop_typing: Hint;
}

type Requests = Omit<PairRequests & RoomRequests & DirectRequests & ChannelRequests, keyof SharedRequests> &
  Pick<SharedRequests, keyof SharedRequests> & { sync: (request: SyncRequest, ack: WireAck) => void };

export type ParlourSocket = Socket<ServerToClientEvents, Requests>;

/**
 * Told the outcome of a request, exactly once. A callback, not a promise: it runs in the order of
 * the wire, before the events that follow the answer, which a promise's continuation would not.
 */
export type Answer<T> = (result: Result<T>) => void;

/** The same as a promise, for whoever does not mind that events may have come in between; it never rejects. */
export function answered<T>(request: (answer: Answer<T>) => void): Promise<Result<T>> {
  return new Promise((resolve) => request(resolve));
}

/**
 * How long a request waits for its answer: longer than the server takes at the most, which is 8 s for
 * a join, and a slow phone network's round trip. Who gives up before the server does, misses its reason.
 */
export const ANSWER_TIMEOUT_MS = 15_000;

type Timed = ReturnType<ParlourSocket["timeout"]>;
type Ack = (failure: Error | null, wire: unknown) => void;

/** Emits by `emit`, and answers with what comes back, or with why nothing did. */
export function ask<T extends object>(
  socket: ParlourSocket,
  answer: Answer<T>,
  emit: (timed: Timed, ack: Ack) => void,
): void {
  if (!socket.connected) {
    // The client would keep it and send it after a reconnect, to another room.
    queueMicrotask(() => answer({ ok: false, error: DISCONNECTED }));
    return;
  }
  emit(socket.timeout(ANSWER_TIMEOUT_MS), (failure, wire) => {
    if (failure === null) return answer(parseAck<T>(wire));
    answer({ ok: false, error: socket.connected ? TIMED_OUT : DISCONNECTED });
  });
}

import type { Socket } from "socket.io-client";
import { DISCONNECTED, parseAck, TIMED_OUT, type Result } from "./errors.ts";
import type {
  ClientToServerEvents,
  PairDraft,
  PairMessage,
  PairRoom,
  PairRoomStatus,
  ServerToClientEvents,
} from "./pair-events.ts";
import type { Unsubscribe } from "./store.ts";

export type PairSocket = Socket<ServerToClientEvents, ClientToServerEvents>;

/**
 * Told the outcome of a request, exactly once. A callback, not a promise: it runs in the order of
 * the wire, before the events that follow the answer, which a promise's continuation would not.
 */
export type Answer<T> = (result: Result<T>) => void;

/** How long a request waits for its answer: longer than a slow phone network's round trip. */
export const ANSWER_TIMEOUT_MS = 10_000;

/** The stranger chat over one socket. Nothing is queued while there is no connection. */
export class PairClient {
  readonly #socket: PairSocket;

  constructor(socket: PairSocket) {
    this.#socket = socket;
  }

  /** One's own id in the present room; `null` without a connection. */
  get socketId(): string | null {
    return this.#socket.id ?? null;
  }

  /** Takes a seat; while seated, answers with the present room. `username` is 1 to 32 long. */
  start(username: string | null, answer: Answer<PairRoom>): void {
    this.#ask(answer, (ack) => this.#timed.emit("start_chat", username, ack));
  }

  /** Leaves the partner, if there is one, and takes the next seat. */
  newChat(username: string | null, answer: Answer<PairRoom>): void {
    this.#ask(answer, (ack) => this.#timed.emit("new_chat", username, ack));
  }

  send(draft: PairDraft, answer: Answer<{ readonly message: PairMessage }>): void {
    this.#ask(answer, (ack) => this.#timed.emit("send_message", draft, ack));
  }

  leave(answer: Answer<object>): void {
    this.#ask(answer, (ack) => this.#timed.emit("leave_chat", ack));
  }

  status(answer: Answer<PairRoomStatus>): void {
    this.#ask(answer, (ack) => this.#timed.emit("get_room_status", ack));
  }

  /** Never again be paired with the present (or just departed) partner; leaves. */
  block(answer: Answer<object>): void {
    this.#ask(answer, (ack) => this.#timed.emit("block_partner", ack));
  }

  /** Tells the partner that one is typing. A hint: lost without a connection. */
  typing(): void {
    if (this.#socket.connected) this.#socket.emit("typing");
  }

  /** Takes `typing` back. */
  stopTyping(): void {
    if (this.#socket.connected) this.#socket.emit("stop_typing");
  }

  /** Listens to one of the server's events until the returned function is called. */
  on<E extends keyof ServerToClientEvents>(
    event: E,
    listener: ServerToClientEvents[E],
  ): Unsubscribe {
    // Socket.IO's own types cannot follow a generic event name.
    const untyped = this.#socket as unknown as Socket;
    const name: string = event;
    untyped.on(name, listener);
    return () => untyped.off(name, listener);
  }

  get #timed() {
    return this.#socket.timeout(ANSWER_TIMEOUT_MS);
  }

  #ask<T extends object>(
    answer: Answer<T>,
    emit: (ack: (failure: Error | null, wire: unknown) => void) => void,
  ): void {
    if (!this.#socket.connected) {
      // The client would keep it and send it after a reconnect, to another room.
      queueMicrotask(() => answer({ ok: false, error: DISCONNECTED }));
      return;
    }
    emit((failure, wire) => {
      if (failure === null) return answer(parseAck<T>(wire));
      answer({ ok: false, error: this.#socket.connected ? TIMED_OUT : DISCONNECTED });
    });
  }
}

/** What `PairClient` offers, for whoever wants to stand in for it. */
export type PairApi = Pick<PairClient, keyof PairClient>;

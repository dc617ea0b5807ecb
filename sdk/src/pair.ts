import type { Socket } from "socket.io-client";
import { ask, type Answer, type ParlourSocket } from "./ask.ts";
import { isRecord } from "./errors.ts";
import type {
  PairDraft,
  PairMessage,
  PairRoom,
  PairRoomStatus,
  ServerToClientEvents,
} from "./pair-events.ts";
import type { Unsubscribe } from "./store.ts";

/** The stranger chat over one socket. Nothing is queued while there is no connection. */
export class PairClient {
  readonly #socket: ParlourSocket;

  constructor(socket: ParlourSocket) {
    this.#socket = socket;
  }

  /** One's own id in the present room; `null` without a connection. */
  get socketId(): string | null {
    return this.#socket.id ?? null;
  }

  /** Takes a seat; while seated, answers with the present room. `username` is 1 to 32 long. */
  start(username: string | null, answer: Answer<PairRoom>): void {
    ask(this.#socket, answer, (timed, ack) => timed.emit("start_chat", username, ack));
  }

  /** Leaves the partner, if there is one, and takes the next seat. */
  newChat(username: string | null, answer: Answer<PairRoom>): void {
    ask(this.#socket, answer, (timed, ack) => timed.emit("new_chat", username, ack));
  }

  send(draft: PairDraft, answer: Answer<{ readonly message: PairMessage }>): void {
    ask(this.#socket, answer, (timed, ack) => timed.emit("send_message", draft, ack));
  }

  leave(answer: Answer<object>): void {
    ask(this.#socket, answer, (timed, ack) => timed.emit("leave_chat", ack));
  }

  status(answer: Answer<PairRoomStatus>): void {
    ask(this.#socket, answer, (timed, ack) => timed.emit("get_room_status", ack));
  }

  /** Never again be paired with the present (or just departed) partner; leaves. */
  block(answer: Answer<object>): void {
    ask(this.#socket, answer, (timed, ack) => timed.emit("block_partner", ack));
  }

  /** Tells the partner that one is typing. A hint: lost without a connection. */
  typing(): void {
    if (this.#socket.connected) this.#socket.emit("typing");
  }

  /** Takes `typing` back. */
  stopTyping(): void {
    if (this.#socket.connected) this.#socket.emit("stop_typing");
  }

  /**
   * Listens to one of the server's events until the returned function is called. Those of rooms
   * and direct conversations, which share the names, are left out.
   */
  on<E extends keyof ServerToClientEvents>(
    event: E,
    listener: ServerToClientEvents[E],
  ): Unsubscribe {
    // Socket.IO's own types cannot follow a generic event name.
    const untyped = this.#socket as unknown as Socket;
    const name: string = event;
    const heard = (said: unknown): void => {
      if (isOfPair(said)) (listener as (said: unknown) => void)(said);
    };
    untyped.on(name, heard);
    return () => untyped.off(name, heard);
  }
}

/** Stored conversations name an account or a message by its `_id`, or say which they are. */
function isOfPair(said: unknown): boolean {
  return !isRecord(said) || !("userId" in said || "_id" in said || "conversationId" in said);
}

/** What `PairClient` offers, for whoever wants to stand in for it. */
export type PairApi = Pick<PairClient, keyof PairClient>;

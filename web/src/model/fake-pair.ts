import type { ParlourError } from "@parlour/sdk/errors";
import type { ConnectionState } from "@parlour/sdk/connection";
import type { Answer } from "@parlour/sdk/ask";
import type { PairApi } from "@parlour/sdk/pair";
import type {
  PairDraft,
  PairMessage,
  PairRoom,
  PairRoomStatus,
  ServerToClientEvents,
} from "@parlour/sdk/pair-events";
import { Store, type Unsubscribe } from "@parlour/sdk/store";

/** A request that waits for the test to answer it. */
type Asked<T> = { readonly succeed: (value: T) => void; readonly fail: (error: ParlourError) => void };

function asked<T>(answer: Answer<T>): Asked<T> {
  return {
    succeed: (value) => answer({ ok: true, value }),
    fail: (error) => answer({ ok: false, error }),
  };
}

/** Stands in for the server in the tests of the model: it records, and says what it is told to. */
export class FakePair implements PairApi {
  socketId: string | null = "me";
  readonly starts: (Asked<PairRoom> & { readonly alias: string | null })[] = [];
  readonly newChats: Asked<PairRoom>[] = [];
  readonly sends: (Asked<{ readonly message: PairMessage }> & { readonly draft: PairDraft })[] = [];
  readonly blocks: Asked<object>[] = [];
  readonly hints: string[] = [];
  readonly leaves: Asked<object>[] = [];
  readonly statuses: Asked<PairRoomStatus>[] = [];
  readonly #listeners = new Map<string, (payload: never) => void>();

  start(alias: string | null, answer: Answer<PairRoom>): void {
    this.starts.push({ ...asked(answer), alias });
  }

  newChat(_alias: string | null, answer: Answer<PairRoom>): void {
    this.newChats.push(asked(answer));
  }

  send(draft: PairDraft, answer: Answer<{ readonly message: PairMessage }>): void {
    this.sends.push({ ...asked(answer), draft });
  }

  leave(answer: Answer<object>): void {
    this.leaves.push(asked(answer));
  }

  status(answer: Answer<PairRoomStatus>): void {
    this.statuses.push(asked(answer));
  }

  block(answer: Answer<object>): void {
    this.blocks.push(asked(answer));
  }

  typing(): void {
    this.hints.push("typing");
  }

  stopTyping(): void {
    this.hints.push("stop_typing");
  }

  on<E extends keyof ServerToClientEvents>(event: E, listener: ServerToClientEvents[E]): Unsubscribe {
    this.#listeners.set(event, listener);
    return () => this.#listeners.delete(event);
  }

  /** An event from the server. */
  emit<E extends keyof ServerToClientEvents>(
    event: E,
    payload: Parameters<ServerToClientEvents[E]>[0],
  ): void {
    this.#listeners.get(event)?.(payload as never);
  }
}

/** A connection that the test switches. */
export class FakeConnection extends Store<ConnectionState> {
  reconnects = 0;

  constructor() {
    super({ kind: "connected" });
  }

  reconnect(): void {
    this.reconnects += 1;
    this.lose();
  }

  lose(): void {
    this.set({ kind: "reconnecting", attempt: 1, retryAt: 0, error: null });
  }

  restore(): void {
    this.set({ kind: "connected" });
  }
}

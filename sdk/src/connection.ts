import { backoffMs } from "./backoff.ts";
import { isRetrying, isUnderWay, isWaiting, outcomeOf } from "./connection-state.ts";
import { isErrorObject, parseError, type ParlourError, type Result } from "./errors.ts";
import type { ChatErrorNotice } from "./pair-events.ts";
import { Store, tell, type Unsubscribe } from "./store.ts";
import { askForToken, TOKEN_TIMEOUT_MS, type GetToken } from "./tokens.ts";

/** While it tries again. */
export interface Retrying {
  readonly attempt: number;
  /** When the next attempt is due, in milliseconds since 1970; `null`: it is being made. */
  readonly retryAt: number | null;
  /** Why the server has let nobody in for the time being; `null`: it could not be reached. */
  readonly error: ParlourError | null;
}

/** How it stands with the server. */
export type ConnectionState =
  | { readonly kind: "closed" }
  | { readonly kind: "connecting" }
  | { readonly kind: "connected" }
  | ({ readonly kind: "reconnecting" } & Retrying)
  | ({ readonly kind: "offline" } & Retrying)
  | { readonly kind: "refused"; readonly error: ParlourError };

/** The part of a Socket.IO socket that a connection drives. */
export interface ConnectionSocket {
  /** What goes along when it connects: `{}`, or `{token}`. */
  auth: unknown;
  connect(): unknown;
  disconnect(): unknown;
  /** What is below it; closed, the socket says nothing more. */
  readonly io: { readonly engine: { close(): unknown } };
  on(event: "connect", listener: () => void): unknown;
  on(event: "disconnect", listener: (reason: string) => void): unknown;
  on(event: "connect_error", listener: (error: Error & { data?: unknown }) => void): unknown;
  on(event: "chat_error", listener: (notice: ChatErrorNotice) => void): unknown;
}

/** What the machine knows about its network. */
export interface Network {
  readonly isOnline: () => boolean;
  /** Calls `listener` when the answer of `isOnline` changes. */
  readonly onChange: (listener: () => void) => Unsubscribe;
}

export interface ConnectionOptions {
  readonly socket: ConnectionSocket;
  readonly network: Network;
  /** In [0, 1); spreads the attempts of many clients. */
  readonly random?: () => number;
  /** Asked before each attempt; without it the connection carries no token of its own. */
  readonly getToken?: GetToken;
}

/** The longest delay that timers know: what is longer they take for none. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/**
 * Keeps one socket connected and says how that goes. It retries by itself, rather than leave it
 * to the Socket.IO client, because only so can it tell when the next attempt is due.
 */
export class Connection extends Store<ConnectionState> {
  readonly #socket: ConnectionSocket;
  readonly #network: Network;
  readonly #random: () => number;
  readonly #getToken: GetToken | undefined;
  readonly #endWatchers = new Set<(error: ParlourError) => void>();
  #attempt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #unwatch: Unsubscribe | undefined;
  /** Counts the attempts to connect: an answer to an older one is of no use. */
  #turn = 0;
  #restarting = false;
  /** `getToken` has not answered yet: nothing was sent. */
  #isAsking = false;
  /** An attempt is under way that may still be as who one was: it is to be made anew. */
  #restartDue = false;
  /** Why the server is about to close: the token has ended. */
  #ending: ParlourError | null = null;
  /** The token of the present attempt, and the last one that was refused as too old. */
  #token: string | null = null;
  #expiredToken: string | null = null;

  constructor(options: ConnectionOptions) {
    super({ kind: "closed" });
    this.#socket = options.socket;
    this.#network = options.network;
    this.#random = options.random ?? Math.random;
    this.#getToken = options.getToken;
    this.#socket.on("connect", () => this.#connected());
    this.#socket.on("disconnect", () => this.#disconnected());
    this.#socket.on("connect_error", (error) => this.#failed(error));
    this.#socket.on("chat_error", (notice) => this.#noticed(notice));
  }

  /** Connects and stays connected until `close`. */
  open(): void {
    if (this.snapshot().kind !== "closed") return;
    this.#unwatch = this.#network.onChange(() => this.#networkChanged());
    this.set({ kind: "connecting" });
    this.#connect();
  }

  /**
   * Waits until it is connected: however long that takes, if it has to try again. Fails with the server's
   * reason where it refuses for good, and with `disconnected` once it is closed.
   */
  ready(): Promise<Result<object>> {
    return new Promise((resolve) => {
      let unsubscribe: Unsubscribe = () => undefined;
      const look = (): boolean => {
        const outcome = outcomeOf(this.snapshot());
        if (outcome !== null) {
          unsubscribe();
          resolve(outcome);
        }
        return outcome !== null;
      };
      if (!look()) unsubscribe = this.subscribe(look);
    });
  }

  /** Tries at once instead of when the next attempt is due, or a token has come; also after a refusal. */
  retryNow(): void {
    const state = this.snapshot();
    if (state.kind === "refused") {
      this.set({ kind: "connecting" });
      this.#connect();
    } else if (this.#isAsking) {
      this.#connect();
    } else if (isWaiting(state)) {
      this.#try();
    }
  }

  /**
   * Gives the present connection up and makes a new one: with it goes all that the server holds
   * for it. Does nothing while there is none.
   */
  reconnect(): void {
    if (this.snapshot().kind === "connected") this.#socket.disconnect();
  }

  /** Connects anew at once, as whoever one is by now; nothing while closed. */
  restart(): void {
    const state = this.snapshot();
    if (state.kind === "closed") return;
    // Broken off, an attempt would be logged as a failure by the browser.
    this.#restartDue = isUnderWay(state) && !this.#isAsking;
    if (this.#restartDue) return;
    clearTimeout(this.#timer);
    this.#attempt = 0;
    this.set({ kind: "connecting" });
    if (state.kind !== "connected") return this.#connect();
    this.#restarting = true;
    // No goodbye: the server may have closed it already, and the browser would log that, too.
    this.#socket.io.engine.close();
  }

  /**
   * Tells `listener` when the server has closed the connection because its token has run out
   * (`token_expired`) or was revoked (`unauthenticated`). The next attempt is under way by itself.
   */
  onTokenEnd(listener: (error: ParlourError) => void): Unsubscribe {
    this.#endWatchers.add(listener);
    return () => this.#endWatchers.delete(listener);
  }

  /** Disconnects for good. */
  close(): void {
    this.#unwatch?.();
    this.#turn += 1;
    this.#restarting = false;
    this.#isAsking = false;
    clearTimeout(this.#timer);
    this.set({ kind: "closed" });
    this.#socket.disconnect();
  }

  #connect(): void {
    this.#turn += 1;
    this.#restartDue = false;
    if (this.#getToken === undefined) this.#socket.connect();
    else void this.#connectAs(this.#getToken, this.#turn);
  }

  async #connectAs(getToken: GetToken, turn: number): Promise<void> {
    this.#isAsking = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#noToken(turn), TOKEN_TIMEOUT_MS);
    try {
      const token = await askForToken(getToken);
      if (turn !== this.#turn) return;
      clearTimeout(this.#timer);
      this.#isAsking = false;
      this.#token = token;
      // A missing token has to be left out: the server refuses it.
      this.#socket.auth = token === null ? {} : { token };
    } catch {
      this.#noToken(turn);
      return;
    }
    this.#socket.connect();
  }

  /** There is none to be had, or not in time: one that comes late is of no use. */
  #noToken(turn: number): void {
    if (turn !== this.#turn) return;
    this.#turn += 1;
    this.#isAsking = false;
    this.#retryLater(null);
  }

  #connected(): void {
    this.#attempt = 0;
    this.#ending = null;
    this.#expiredToken = null;
    const isOutdated = this.#restartDue;
    this.set({ kind: "connected" });
    if (isOutdated) this.restart();
  }

  #disconnected(): void {
    if (this.#restarting) {
      this.#restarting = false;
      this.#ending = null;
      return this.#connect();
    }
    const ending = this.#ending;
    this.#ending = null;
    this.#retryLater(null);
    if (ending !== null) tell(this.#endWatchers, ending);
  }

  /** A `chat_error` about the connect is the server's goodbye: the token has ended. */
  #noticed({ event, error }: ChatErrorNotice): void {
    if (event === "connect") this.#ending = parseError(error);
  }

  #failed(error: Error & { data?: unknown }): void {
    if (!isErrorObject(error.data)) return this.#retryLater(null);
    const refusal = parseError(error.data);
    if (refusal.retryable) return this.#retryLater(refusal);
    if (this.#mayHaveFresherToken(refusal)) return this.#retryLater(null);
    this.set({ kind: "refused", error: refusal });
  }

  /** A token that has run out is worth one more question; the same one again is not. */
  #mayHaveFresherToken({ code }: ParlourError): boolean {
    if (code !== "token_expired" || this.#token === null || this.#token === this.#expiredToken) return false;
    this.#expiredToken = this.#token;
    return true;
  }

  /** `error`: why the server wants it so, and not before when. */
  #retryLater(error: ParlourError | null): void {
    if (this.snapshot().kind === "closed") return;
    this.#attempt += 1;
    const leastMs = Math.min(error?.retryAfterMs ?? 0, LONGEST_DELAY_MS);
    const delayMs = Math.max(leastMs, backoffMs(this.#attempt, this.#random()));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#try(), delayMs);
    this.#setRetrying(Date.now() + delayMs, error);
  }

  #try(): void {
    clearTimeout(this.#timer);
    const state = this.snapshot();
    this.#setRetrying(null, isRetrying(state) ? state.error : null);
    this.#connect();
  }

  #setRetrying(retryAt: number | null, error: ParlourError | null): void {
    const kind = this.#network.isOnline() ? "reconnecting" : "offline";
    this.set({ kind, attempt: this.#attempt, retryAt, error });
  }

  #networkChanged(): void {
    const state = this.snapshot();
    if (!isRetrying(state)) return;
    if (this.#network.isOnline() && isWaiting(state)) this.#try();
    else this.#setRetrying(state.retryAt, state.error);
  }
}

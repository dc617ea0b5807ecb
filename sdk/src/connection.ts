import { backoffMs } from "./backoff.ts";
import { isErrorObject, parseError, type ParlourError } from "./errors.ts";
import { Store, type Unsubscribe } from "./store.ts";

/** How it stands with the server. `retryAt` is in milliseconds since 1970; `null` means now. */
export type ConnectionState =
  | { readonly kind: "closed" }
  | { readonly kind: "connecting" }
  | { readonly kind: "connected" }
  | { readonly kind: "reconnecting"; readonly attempt: number; readonly retryAt: number | null }
  | { readonly kind: "offline"; readonly attempt: number; readonly retryAt: number | null }
  | { readonly kind: "refused"; readonly error: ParlourError };

/** The part of a Socket.IO socket that a connection drives. */
export interface ConnectionSocket {
  connect(): unknown;
  disconnect(): unknown;
  on(event: "connect", listener: () => void): unknown;
  on(event: "disconnect", listener: (reason: string) => void): unknown;
  on(event: "connect_error", listener: (error: Error & { data?: unknown }) => void): unknown;
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
}

/**
 * Keeps one socket connected and says how that goes. It retries by itself, rather than leave it
 * to the Socket.IO client, because only so can it tell when the next attempt is due.
 */
export class Connection extends Store<ConnectionState> {
  readonly #socket: ConnectionSocket;
  readonly #network: Network;
  readonly #random: () => number;
  #attempt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #unwatch: Unsubscribe | undefined;

  constructor(options: ConnectionOptions) {
    super({ kind: "closed" });
    this.#socket = options.socket;
    this.#network = options.network;
    this.#random = options.random ?? Math.random;
    this.#socket.on("connect", () => this.#connected());
    this.#socket.on("disconnect", () => this.#retryLater(0));
    this.#socket.on("connect_error", (error) => this.#failed(error));
  }

  /** Connects and stays connected until `close`. */
  open(): void {
    if (this.snapshot().kind !== "closed") return;
    this.#unwatch = this.#network.onChange(() => this.#networkChanged());
    this.set({ kind: "connecting" });
    this.#socket.connect();
  }

  /** Tries at once instead of when the next attempt is due; also after a refusal. */
  retryNow(): void {
    const state = this.snapshot();
    if (state.kind === "refused") {
      this.set({ kind: "connecting" });
      this.#socket.connect();
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

  /** Disconnects for good. */
  close(): void {
    this.#unwatch?.();
    clearTimeout(this.#timer);
    this.set({ kind: "closed" });
    this.#socket.disconnect();
  }

  #connected(): void {
    this.#attempt = 0;
    this.set({ kind: "connected" });
  }

  #failed(error: Error & { data?: unknown }): void {
    if (!isErrorObject(error.data)) return this.#retryLater(0);
    const refusal = parseError(error.data);
    if (refusal.retryable) return this.#retryLater(refusal.retryAfterMs ?? 0);
    this.set({ kind: "refused", error: refusal });
  }

  #retryLater(atLeastMs: number): void {
    if (this.snapshot().kind === "closed") return;
    this.#attempt += 1;
    const delayMs = Math.max(atLeastMs, backoffMs(this.#attempt, this.#random()));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#try(), delayMs);
    this.#setRetrying(Date.now() + delayMs);
  }

  #try(): void {
    clearTimeout(this.#timer);
    this.#setRetrying(null);
    this.#socket.connect();
  }

  #setRetrying(retryAt: number | null): void {
    const kind = this.#network.isOnline() ? "reconnecting" : "offline";
    this.set({ kind, attempt: this.#attempt, retryAt });
  }

  #networkChanged(): void {
    const state = this.snapshot();
    if (!isRetrying(state)) return;
    if (this.#network.isOnline() && isWaiting(state)) this.#try();
    else this.#setRetrying(state.retryAt);
  }
}

type Retrying = Extract<ConnectionState, { readonly retryAt: number | null }>;

function isRetrying(state: ConnectionState): state is Retrying {
  return state.kind === "reconnecting" || state.kind === "offline";
}

function isWaiting(state: ConnectionState): boolean {
  return isRetrying(state) && state.retryAt !== null;
}

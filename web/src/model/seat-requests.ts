import type { ParlourError } from "@parlour/sdk/errors";
import type { Answer } from "@parlour/sdk/ask";
import type { PairApi } from "@parlour/sdk/pair";
import type { PairRoomStatus } from "@parlour/sdk/pair-events";
import type { Seating } from "./seating.ts";
import type { StrangerPorts } from "./stranger.ts";

/** What became of a request about one's seat. */
export type Outcome<T> =
  | { readonly kind: "done"; readonly value: T }
  /** Nothing has changed. */
  | { readonly kind: "refused"; readonly error: ParlourError }
  /** There was no answer. Where one sits since then tells what was done; `null`: nowhere. */
  | { readonly kind: "learned"; readonly seating: Seating | null; readonly error: ParlourError }
  /** The server answers nothing: the connection is given up, and the seat with it. */
  | { readonly kind: "unanswered"; readonly error: ParlourError };

/**
 * Asks for seats, one request after the other, and follows each until its outcome is known: a page
 * that took silence for a no would leave somebody talking to a seat that nobody looks at.
 */
export class SeatRequests {
  readonly #pair: PairApi;
  readonly #connection: StrangerPorts["connection"];
  /** Counts the requests: what comes of any but the latest has lost its meaning. */
  #turn = 0;

  constructor({ pair, connection }: Pick<StrangerPorts, "pair" | "connection">) {
    this.#pair = pair;
    this.#connection = connection;
  }

  /**
   * Makes a request and tells its outcome, at most once: not at all when the connection breaks
   * first, when another request is made meanwhile, or after `forget`.
   */
  ask<T>(request: (answer: Answer<T>) => void, tell: (outcome: Outcome<T>) => void): void {
    this.#turn += 1;
    const turn = this.#turn;
    request((result) => {
      if (turn !== this.#turn) return;
      if (result.ok) return tell({ kind: "done", value: result.value });
      if (result.error.code === "disconnected") return;
      if (isUncertain(result.error)) return this.#learn(turn, result.error, tell);
      tell({ kind: "refused", error: result.error });
    });
  }

  /** Nobody waits for what is under way any more. */
  forget(): void {
    this.#turn += 1;
  }

  /** The server takes requests in order: what it says now counts the unanswered one in. */
  #learn(turn: number, error: ParlourError, tell: (outcome: Outcome<never>) => void): void {
    this.#pair.status((result) => {
      if (turn !== this.#turn) return;
      if (result.ok) return tell({ kind: "learned", seating: seatingOf(result.value), error });
      if (result.error.code === "disconnected") return;
      tell({ kind: "unanswered", error });
      this.#connection.reconnect();
    });
  }
}

/** Whether the server may have done what was asked for all the same. */
function isUncertain({ code }: ParlourError): boolean {
  return code === "timeout" || code === "internal";
}

function seatingOf(status: PairRoomStatus): Seating | null {
  return status.status === "empty" ? null : status;
}

import type { Answer } from "./ask.ts";
import type { ConnectionState } from "./connection.ts";
import type { Result } from "./errors.ts";
import type { History, Mark, Place } from "./reading.ts";
import type { Observable, Unsubscribe } from "./store.ts";

/** What a feed does with its conversation; `J` is what joining it is answered with. */
export interface FeedChannel<M, J> {
  readonly join: (answer: Answer<J>) => void;
  readonly leave: () => void;
  readonly history: (place: Place) => Promise<Result<History<M>>>;
  readonly markRead: (seq: number, answer: Answer<Mark>) => void;
  /** Hears the messages of this conversation. */
  readonly listen: (heard: (message: M) => void) => Unsubscribe;
  readonly isOwn: (message: M) => boolean;
  /** Up to where messages were there when it was joined; nought where that is not said. */
  readonly head: (joined: J) => number;
  /** How far one had read then. */
  readonly lastRead: (joined: J, messages: readonly M[]) => number;
}

export interface FeedOptions<M> {
  readonly connection: Observable<ConnectionState>;
  /** Whether to join at once; else it is only looked at, until `join`. */
  readonly member: boolean;
  /**
   * Asked after a lost connection: whether it is known that one is in it still, since joining makes one
   * a member. While it is not, one waits for `resume`. Without it, one joins at once.
   */
  readonly isKnown?: () => boolean;
  /** Told of each message that comes in while it is open, in order, each once. */
  readonly onMessage?: (message: M) => void;
  /** In [0, 1); spreads the attempts of many clients. */
  readonly random?: () => number;
}

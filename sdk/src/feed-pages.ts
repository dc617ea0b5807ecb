import type { FeedState } from "./feed-state.ts";
import type { MessageLog, Placed } from "./message-log.ts";
import type { Result } from "./errors.ts";
import type { History, Place } from "./reading.ts";
import { letGo, seeNewer, seenOf, seeOlder, withEnd } from "./seen-messages.ts";
import type { Unsubscribe } from "./store.ts";

/** What is read of a conversation as one goes back and forth in it. */
export class FeedPages<M extends Placed, J> {
  readonly #history: (place: Place) => Promise<Result<History<M>>>;
  readonly #state: () => FeedState<M, J>;
  readonly #change: (change: Partial<FeedState<M, J>>) => void;
  #place: () => number | null = () => null;

  constructor(
    history: (place: Place) => Promise<Result<History<M>>>,
    state: () => FeedState<M, J>,
    change: (change: Partial<FeedState<M, J>>) => void,
  ) {
    this.#history = history;
    this.#state = state;
    this.#change = change;
  }

  /**
   * Keeps what is around the place that `place` names, though much comes in meanwhile: the `seq` that one
   * looks at, or `null` for the newest. Until the returned function is called.
   */
  lookedAt(place: () => number | null): Unsubscribe {
    this.#place = place;
    return () => {
      if (this.#place === place) this.#place = () => null;
    };
  }

  /** Loads the page before the first message that is seen; once at a time. */
  async older(): Promise<void> {
    const state = this.#state();
    const { messages, hasOlder } = seenOf(state);
    const first = messages[0];
    if (!hasOlder || state.older === "loading" || first === undefined) return;
    this.#change({ older: "loading" });
    const result = await this.#history({ before: first.seq });
    if (result.ok) {
      const { messages: page, hasMore } = result.value;
      this.#change({ older: "idle", ...seeOlder(this.#state(), page, hasMore) });
    } else this.#change({ older: "failed" });
  }

  /** Loads the page after the last message that is seen, where that is not the newest; once at a time. */
  async newer(): Promise<void> {
    const { past, newer } = this.#state();
    const last = past?.messages.at(-1);
    if (newer === "loading" || last === undefined) return;
    this.#change({ newer: "loading" });
    const result = await this.#history({ after: last.seq });
    if (result.ok) this.#change({ newer: "idle", ...seeNewer(this.#state(), result.value.messages) });
    else this.#change({ newer: "failed" });
  }

  /** Looks at the newest messages, wherever one was. */
  toEnd(): void {
    if (this.#state().past !== null) this.#change({ past: null, older: "idle", newer: "idle" });
  }

  /** Lets go of what is far from what one looks at. */
  letGo(): void {
    const { log, past } = this.#state();
    const kept = letGo({ log, past }, this.#place());
    if (kept.log !== log) this.#change(kept);
  }

  /** The end of the conversation as it was read anew: what one looks at stays. */
  endIs(log: MessageLog<M>): Pick<FeedState<M, J>, "log" | "past"> {
    return withEnd(this.#state(), log, this.#place());
  }
}

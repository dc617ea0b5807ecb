import { Store } from "@parlour/sdk/store";

/** Sentences that come within this time are read out as one. */
const BATCH_MS = 400;
/** How many are read in full; of more, only the number. */
const READ_IN_FULL = 3;
/** The longest part of one sentence that is read out. */
const LONGEST = 280;

/** What a screen reader shall say, politely, a batch at a time. */
export class Announcer extends Store<string> {
  /** The newest sentences of the present batch, `READ_IN_FULL` at the most. */
  #batch: string[] = [];
  #surplus = 0;

  constructor() {
    super("");
  }

  say(sentence: string): void {
    if (this.#batch.length === 0) setTimeout(() => this.#flush(), BATCH_MS);
    this.#batch.push(sentence.slice(0, LONGEST));
    if (this.#batch.length <= READ_IN_FULL) return;
    this.#batch.shift();
    this.#surplus += 1;
  }

  #flush(): void {
    const before = this.#surplus > 0 ? [`${this.#surplus} more before this.`] : [];
    const text = [...before, ...this.#batch].join(" ");
    this.#batch = [];
    this.#surplus = 0;
    // Told twice in a row, the same words would change nothing on the page and stay unread.
    this.set(text === this.snapshot() ? `${text}\u00a0` : text);
  }
}

import { Store, type Unsubscribe } from "@parlour/sdk/store";

/** Whether the page can be seen, and when that changes. */
export interface Visibility {
  readonly isHidden: () => boolean;
  readonly onChange: (listener: () => void) => Unsubscribe;
}

/** How many lines came while the page was hidden; nought as soon as it is looked at. */
export class Unread extends Store<number> {
  readonly #visibility: Visibility;

  constructor(visibility: Visibility) {
    super(0);
    this.#visibility = visibility;
    visibility.onChange(() => {
      if (!visibility.isHidden()) this.set(0);
    });
  }

  /** A line from someone else has come. */
  count(): void {
    if (this.#visibility.isHidden()) this.set(this.snapshot() + 1);
  }
}

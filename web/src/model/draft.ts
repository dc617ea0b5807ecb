import { Store } from "@parlour/sdk/store";

/** What is being written, and the chat that it was begun in; `partner` is empty without one. */
export interface DraftState {
  readonly text: string;
  readonly epoch: number;
  readonly partner: string;
}

/** Keeps the draft while one looks at another page. */
export class DraftKeeper extends Store<DraftState> {
  constructor() {
    super({ text: "", epoch: 0, partner: "" });
  }

  keep(draft: DraftState): void {
    this.set(draft);
  }
}

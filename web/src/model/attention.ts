import { Store, type Unsubscribe } from "@parlour/sdk/store";

/** What the browser knows of the window. */
export interface Window {
  readonly isVisible: () => boolean;
  readonly hasFocus: () => boolean;
  /** Calls `listener` when one of the answers may have changed. */
  readonly onChange: (listener: () => void) => Unsubscribe;
}

/** Whether a person looks at the page: it can be seen, and has the focus. */
export class Attention extends Store<boolean> {
  constructor(window: Window) {
    const look = (): boolean => window.isVisible() && window.hasFocus();
    super(look());
    window.onChange(() => this.set(look()));
  }
}

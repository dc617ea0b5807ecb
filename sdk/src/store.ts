/** Ends the subscription that returned it; calling it again does nothing. */
export type Unsubscribe = () => void;

/** Something with a present state that can be watched; what React's `useSyncExternalStore` takes. */
export interface Observable<S> {
  /** The present state. The same object until it changes. */
  readonly snapshot: () => S;
  /** Calls `listener` after each change, until the returned function is called. */
  readonly subscribe: (listener: () => void) => Unsubscribe;
}

/** A value that tells its subscribers when it changes. States are never mutated, only replaced. */
export class Store<S> implements Observable<S> {
  #state: S;
  readonly #listeners = new Set<() => void>();

  constructor(initial: S) {
    this.#state = initial;
  }

  readonly snapshot = (): S => this.#state;

  readonly subscribe = (listener: () => void): Unsubscribe => {
    // Wrapped, so that subscribing the same function twice is two subscriptions.
    const entry = (): void => listener();
    this.#listeners.add(entry);
    return () => this.#listeners.delete(entry);
  };

  /** Replaces the state and tells the subscribers; the same object again tells nobody. */
  protected set(next: S): void {
    if (Object.is(next, this.#state)) return;
    this.#state = next;
    for (const listener of [...this.#listeners]) listener();
  }
}

/** A store that whoever holds it may set. */
export class Value<S> extends Store<S> {
  put(value: S): void {
    this.set(value);
  }
}

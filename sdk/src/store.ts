/** Ends the subscription that returned it; calling it again does nothing. */
export type Unsubscribe = () => void;

/** Something with a present state that can be watched; what React's `useSyncExternalStore` takes. */
export interface Observable<S> {
  /** The present state. The same object until it changes. */
  readonly snapshot: () => S;
  /** Calls `listener` after each change, until the returned function is called. */
  readonly subscribe: (listener: () => void) => Unsubscribe;
}

/**
 * Calls each of `listeners`, but those that one before it has ended. What one throws keeps no other from being
 * called, nor whoever tells them from going on: it is reported as an uncaught error.
 */
export function tell<A extends unknown[]>(listeners: ReadonlySet<(...said: A) => void>, ...said: A): void {
  for (const listener of [...listeners]) {
    if (!listeners.has(listener)) continue;
    try {
      listener(...said);
    } catch (error) {
      report(error);
    }
  }
}

function report(error: unknown): void {
  // Node has no such function.
  const { reportError: toBrowser } = globalThis as { readonly reportError?: (error: unknown) => void };
  if (toBrowser !== undefined) return toBrowser(error);
  queueMicrotask(() => {
    throw error;
  });
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
    tell(this.#listeners);
  }
}

/** A store that whoever holds it may set. */
export class Value<S> extends Store<S> {
  put(value: S): void {
    this.set(value);
  }
}

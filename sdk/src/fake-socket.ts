type Ack = (failure: Error | null, wire?: unknown) => void;

/** A socket that records what is sent, and hears what the test says. */
export class FakeSocket {
  readonly connected = true;
  readonly sent: unknown[][] = [];
  ack: Ack = () => undefined;
  readonly #listeners = new Map<string, Set<(said: unknown) => void>>();

  timeout(): this {
    return this;
  }

  emit(...args: unknown[]): void {
    this.ack = args.pop() as Ack;
    this.sent.push(args);
  }

  on(name: string, listener: (said: unknown) => void): void {
    this.#listeners.set(name, (this.#listeners.get(name) ?? new Set()).add(listener));
  }

  off(name: string, listener: (said: unknown) => void): void {
    this.#listeners.get(name)?.delete(listener);
  }

  hear(name: string, said: unknown): void {
    for (const listener of this.#listeners.get(name) ?? []) listener(said);
  }
}

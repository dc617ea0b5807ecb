import { lazy, type ComponentType } from "react";

/** A part of the page could not be fetched: no network, or a newer release has taken its file's place. */
export class PartMissing extends Error {
  override readonly name = "PartMissing";
}

/**
 * A part of the page that is fetched when it is wanted. React remembers a failure for good; here whoever
 * asks again after one makes another attempt.
 */
export class Part<P extends object> {
  readonly #fetch: () => Promise<ComponentType<P>>;
  #present: ComponentType<P> | null = null;

  constructor(fetch: () => Promise<ComponentType<P>>) {
    this.#fetch = fetch;
  }

  /** What draws it, once it is there; until then it suspends, and it throws `PartMissing`. The same until it fails. */
  component(): ComponentType<P> {
    this.#present ??= this.#attempt();
    return this.#present;
  }

  /** Fetches it before it is wanted; what fails now is fetched then. */
  async prefetch(): Promise<void> {
    await this.#fetch().catch(() => undefined);
  }

  #attempt(): ComponentType<P> {
    const made = lazy(async () => {
      try {
        return { default: await this.#fetch() };
      } catch (cause) {
        if (this.#present === made) this.#present = null;
        throw new PartMissing("a part of the page could not be fetched", { cause });
      }
    });
    return made;
  }
}

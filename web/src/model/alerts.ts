import type { Unsubscribe } from "@parlour/sdk/store";
import type { Preferences } from "./preferences.ts";

/** A message of somebody else, as it is told outside of the conversation. */
export interface News {
  /** The same for the same message, in every tab. */
  readonly id: string;
  /** The route that shows it. */
  readonly path: string;
  /** What the conversation is called; empty where it is called like the author. */
  readonly place: string;
  readonly author: string;
  readonly text: string;
}

/** One that is shown outside of the page. */
export interface Shown {
  readonly close: () => void;
}

/** What the browser is asked for. */
export interface AlertPorts {
  readonly preferences: () => Preferences;
  /** Whether this page shows that route now, to somebody who can see it. */
  readonly isInSight: (path: string) => boolean;
  /** Resolves to whether this tab is the one of all to tell of it; at the latest when all had their say. */
  readonly claim: (id: string, isInSight: boolean) => Promise<boolean>;
  /** Shows it; `null` if that is not allowed. */
  readonly show: (title: string, options: { readonly body: string; readonly tag: string }, onClick: () => void) => Shown | null;
  readonly play: () => void;
  /** Milliseconds that only grow. */
  readonly now: () => number;
}

/** No more than one sound in this time. */
const QUIET_MS = 1_000;
/** So many messages are remembered as told: the same comes by two ways within a second. */
const REMEMBERED = 200;
/** More of a text than this does not fit. */
const LONGEST = 200;

/**
 * Tells of messages that are not in sight: with a sound, and outside of the page, as far as somebody
 * asked for it on this device; each once, however many tabs are open.
 */
export class Alerts {
  readonly #ports: AlertPorts;
  readonly #told = new Set<string>();
  /** What is shown outside of the page, by route. */
  readonly #shown = new Map<string, Shown>();
  readonly #listeners = new Set<(path: string) => void>();
  #playedAt = Number.NEGATIVE_INFINITY;

  constructor(ports: AlertPorts) {
    this.#ports = ports;
  }

  /** Calls `listener` with the route of a message that somebody pressed outside of the page. */
  onOpen(listener: (path: string) => void): Unsubscribe {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A message of somebody else has come. */
  async tell(news: News): Promise<void> {
    if (this.#told.has(news.id)) return;
    this.#remember(news.id);
    const isInSight = this.#ports.isInSight(news.path);
    const { notifications, sound } = this.#ports.preferences();
    if (!isInSight && !notifications && !sound) return;
    const isMine = await this.#ports.claim(news.id, isInSight);
    if (!isMine || isInSight) return;
    if (sound) this.#play();
    if (notifications) this.#show(news);
  }

  /** What is in sight now need not stand outside of the page. */
  look(): void {
    for (const [path, shown] of this.#shown) {
      if (!this.#ports.isInSight(path)) continue;
      shown.close();
      this.#shown.delete(path);
    }
  }

  #play(): void {
    const now = this.#ports.now();
    if (now - this.#playedAt < QUIET_MS) return;
    this.#playedAt = now;
    this.#ports.play();
  }

  #show({ path, place, author, text }: News): void {
    const title = place === "" ? author : `${author} · ${place}`;
    const shown = this.#ports.show(title, { body: text.slice(0, LONGEST), tag: path }, () => {
      shown?.close();
      this.#shown.delete(path);
      for (const listener of this.#listeners) listener(path);
    });
    // A newer one of the same conversation takes the place of the one before.
    if (shown !== null) this.#shown.set(path, shown);
  }

  #remember(id: string): void {
    this.#told.add(id);
    const [oldest] = this.#told;
    if (this.#told.size > REMEMBERED && oldest !== undefined) this.#told.delete(oldest);
  }
}

import type { Answer } from "./ask.ts";
import { comes, fold, goes, isStale, NOBODY } from "./presence.ts";
import type { Coming, Comings, GroupCount, GroupNotice, Presence } from "./presence.ts";
import { Store, type Unsubscribe } from "./store.ts";

/** Where people are heard of who come and go. */
export interface PeopleSource {
  /** Who is here: the 200 who are for the longest, and how many. */
  readonly activeUsers: (groupId: string, answer: Answer<Presence>) => void;
  readonly on: ((event: "joined" | "left", listener: (notice: GroupNotice) => void) => Unsubscribe) &
    ((event: "count", listener: (said: GroupCount) => void) => Unsubscribe);
}

/** Who is in a room or channel, and who came and went while one looked. */
export interface GroupPeopleState {
  readonly presence: Presence;
  /** In order of time. */
  readonly comings: readonly Comings[];
}

export interface GroupPeopleOptions {
  readonly source: PeopleSource;
  readonly groupId: string;
  /** One's own account. */
  readonly self: string;
  /** The place of the newest message that is known here. */
  readonly newest: () => number;
  /** In [0, 1); spreads the questions of many clients. */
  readonly random?: () => number;
}

/** How long after a question for the names the next one waits: each is answered with up to 200. */
export const ASK_NAMES_EVERY_MS = 5_000;
/** Over so long the questions of all who hear the same notice are spread. */
export const SPREAD_MS = 3_000;

/** Follows who listens to one room or channel. */
export class GroupPeople extends Store<GroupPeopleState> {
  readonly #options: GroupPeopleOptions;
  readonly #ends: Unsubscribe[];
  /** How many look at the names. */
  #watchers = 0;
  #asking = false;
  #askedAt = -ASK_NAMES_EVERY_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: GroupPeopleOptions) {
    super({ presence: NOBODY, comings: [] });
    this.#options = options;
    const { source, groupId } = options;
    this.#ends = [
      source.on("joined", (notice) => this.#moved(notice, "joined")),
      source.on("left", (notice) => this.#moved(notice, "left")),
      source.on("count", (said) => {
        if (said.groupId === groupId) this.#know({ ...this.snapshot().presence, count: said.activeCount });
      }),
    ];
  }

  /** Keeps the names up to date, not only the count, until the returned function is called. */
  watch(): Unsubscribe {
    this.#watchers += 1;
    this.#askSoon(0);
    let watches = true;
    return () => {
      if (watches) this.#watchers -= 1;
      watches = false;
      if (this.#watchers === 0) this.#forgetQuestion();
    };
  }

  /** One listens from now on, and was told who else does. */
  entered(presence: Presence): void {
    this.#asking = false;
    this.#know(presence);
  }

  /** One does not listen any more: who is here is not known. */
  left(): void {
    this.#asking = false;
    this.#forgetQuestion();
    this.set({ ...this.snapshot(), presence: NOBODY });
  }

  close(): void {
    this.#forgetQuestion();
    for (const end of this.#ends) end();
  }

  #moved(notice: GroupNotice, did: Coming["did"]): void {
    const { groupId, self, newest } = this.#options;
    if (notice.groupId !== groupId || notice.userId === self) return;
    const { presence, comings } = this.snapshot();
    const present = did === "joined" ? comes(presence, notice) : goes(presence, notice);
    this.#know(present, fold(comings, newest(), notice, did));
  }

  #know(presence: Presence, comings = this.snapshot().comings): void {
    this.set({ presence, comings });
    this.#askSoon(SPREAD_MS * (this.#options.random ?? Math.random)());
  }

  /** Asks for the names if they do not add up and somebody looks at them: once at a time, not often. */
  #askSoon(delayMs: number): void {
    if (this.#timer !== undefined || !this.#wantsNames) return;
    const waitMs = Math.max(0, this.#askedAt + ASK_NAMES_EVERY_MS - Date.now()) + delayMs;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#wantsNames) this.#ask();
    }, waitMs);
  }

  get #wantsNames(): boolean {
    return this.#watchers > 0 && !this.#asking && isStale(this.snapshot().presence);
  }

  #ask(): void {
    this.#asking = true;
    this.#askedAt = Date.now();
    this.#options.source.activeUsers(this.#options.groupId, (result) => {
      if (!this.#asking) return;
      this.#asking = false;
      // If it did not work, the next notice asks again.
      if (result.ok) this.set({ ...this.snapshot(), presence: result.value });
    });
  }

  #forgetQuestion(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

import type { ParlourError, Result } from "@parlour/sdk/errors";
import type { PeopleApi } from "@parlour/sdk/people";
import { Store } from "@parlour/sdk/store";
import type { User } from "@parlour/sdk/user";

/** Whom one blocks. */
export interface BlocksState {
  readonly phase: "loading" | "ready" | "failed";
  readonly error: ParlourError | null;
  /** By account. */
  readonly users: ReadonlyMap<string, User>;
}

/** So many pages of 100 are read: who blocks more people than 1,000 sees the first of them. */
const MAX_PAGES = 10;

/** Keeps whom one blocks, as far as it was done here or read. */
export class Blocks extends Store<BlocksState> {
  readonly #people: PeopleApi;
  #reading = false;
  /** What was done while the list was under way is newer than it. */
  #done = new Map<string, User | null>();

  constructor(people: PeopleApi) {
    super({ phase: "loading", error: null, users: new Map() });
    this.#people = people;
  }

  /** Reads whom one blocks; once at a time. */
  async read(): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    this.#done = new Map();
    const users = new Map<string, User>();
    let from: string | null = null;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const result: Awaited<ReturnType<PeopleApi["blocked"]>> = await this.#people.blocked(from);
      if (!result.ok) {
        this.#reading = false;
        const { phase } = this.snapshot();
        this.#change({ phase: phase === "ready" ? phase : "failed", error: result.error });
        return;
      }
      for (const user of result.value.users) users.set(user.id, user);
      from = result.value.nextCursor;
      if (from === null) break;
    }
    this.#reading = false;
    for (const [id, user] of this.#done) putOrDelete(users, id, user);
    this.#change({ phase: "ready", error: null, users });
  }

  async block(user: User): Promise<Result<object>> {
    const result = await this.#people.block(user.id);
    if (result.ok) this.#note(user.id, user);
    return result;
  }

  async unblock(userId: string): Promise<Result<object>> {
    const result = await this.#people.unblock(userId);
    if (result.ok) this.#note(userId, null);
    return result;
  }

  #note(id: string, user: User | null): void {
    this.#done.set(id, user);
    const users = new Map(this.snapshot().users);
    putOrDelete(users, id, user);
    this.#change({ users });
  }

  #change(change: Partial<BlocksState>): void {
    this.set({ ...this.snapshot(), ...change });
  }
}

function putOrDelete(users: Map<string, User>, id: string, user: User | null): void {
  if (user === null) users.delete(id);
  else users.set(id, user);
}

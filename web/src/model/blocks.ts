import type { ConnectionState } from "@parlour/sdk/connection";
import type { ParlourError, Result } from "@parlour/sdk/errors";
import type { PeopleApi } from "@parlour/sdk/people";
import { Store, type Observable, type Unsubscribe } from "@parlour/sdk/store";
import type { User } from "@parlour/sdk/user";

/** Whom one blocks. */
export interface BlocksState {
  readonly phase: "loading" | "ready" | "failed";
  readonly error: ParlourError | null;
  /** By account. */
  readonly users: ReadonlyMap<string, User>;
}

/** The other tabs of this browser. */
export interface OtherTabs {
  /** Says there that it is to be read again whom one blocks. */
  readonly tell: () => void;
  readonly onTold: (listener: () => void) => Unsubscribe;
}

export interface BlocksPorts {
  readonly people: PeopleApi;
  readonly connection: Observable<ConnectionState>;
  /** Whether a person looks at the page. */
  readonly attention: Observable<boolean>;
  readonly tabs?: OtherTabs;
}

/** Whom one blocks, and what changes it, for whoever draws it. */
export interface BlocksView extends Observable<BlocksState> {
  readonly block: (user: User) => Promise<Result<object>>;
  readonly unblock: (userId: string) => Promise<Result<object>>;
}

/** So many pages of 100 are read: who blocks more people than 1,000 sees the first of them. */
const MAX_PAGES = 10;

/**
 * Whom one account blocks, as far as it was done here or read. The server tells nobody of it: it is read
 * at first, with each connection, when one comes back to the page, and when another tab says so.
 */
export class Blocks extends Store<BlocksState> implements BlocksView {
  readonly self: string;
  readonly #ports: BlocksPorts;
  readonly #ends: Unsubscribe[];
  /** Ends what is under way: after the session's end it would be refused. */
  readonly #abort = new AbortController();
  #reading = false;
  /** How often another tab has said that something has changed. */
  #tellings = 0;
  /** What was done while the list was under way is newer than it. */
  #done = new Map<string, User | null>();

  constructor(self: string, ports: BlocksPorts) {
    super({ phase: "loading", error: null, users: new Map() });
    this.self = self;
    this.#ports = ports;
    const { connection, attention, tabs } = ports;
    let wasConnected = this.#isConnected;
    this.#ends = [
      connection.subscribe(() => {
        const isConnected = this.#isConnected;
        if (isConnected && !wasConnected) void this.read();
        wasConnected = isConnected;
      }),
      // It may have been done on another device.
      attention.subscribe(() => {
        if (attention.snapshot() && this.#isConnected) void this.read();
      }),
    ];
    if (tabs !== undefined) this.#ends.push(tabs.onTold(() => this.#told()));
    // The page may be there before a connection is, and show what it has.
    void this.read();
  }

  close(): void {
    for (const end of this.#ends) end();
    this.#abort.abort();
  }

  /** Reads whom one blocks; once at a time. */
  async read(): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    let known: number;
    do {
      known = this.#tellings;
      await this.#readAll();
    } while (known !== this.#tellings);
    this.#reading = false;
  }

  async block(user: User): Promise<Result<object>> {
    const result = await this.#ports.people.block(user.id);
    if (result.ok) this.#note(user.id, user);
    return result;
  }

  async unblock(userId: string): Promise<Result<object>> {
    const result = await this.#ports.people.unblock(userId);
    if (result.ok) this.#note(userId, null);
    return result;
  }

  get #isConnected(): boolean {
    return this.#ports.connection.snapshot().kind === "connected";
  }

  async #readAll(): Promise<void> {
    this.#done = new Map();
    const users = new Map<string, User>();
    let from: string | null = null;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const result: Awaited<ReturnType<PeopleApi["blocked"]>> = await this.#ports.people.blocked(from, this.#abort.signal);
      if (this.#abort.signal.aborted) return;
      if (!result.ok) {
        const { phase } = this.snapshot();
        this.#change({ phase: phase === "ready" ? phase : "failed", error: result.error });
        return;
      }
      for (const user of result.value.users) users.set(user.id, user);
      from = result.value.nextCursor;
      if (from === null) break;
    }
    for (const [id, user] of this.#done) putOrDelete(users, id, user);
    const before = this.snapshot();
    // What draws itself anew for another map need not for the same people.
    this.#change({ phase: "ready", error: null, users: isSame(before.users, users) ? before.users : users });
  }

  #told(): void {
    this.#tellings += 1;
    void this.read();
  }

  #note(id: string, user: User | null): void {
    this.#done.set(id, user);
    const users = new Map(this.snapshot().users);
    putOrDelete(users, id, user);
    this.#change({ users });
    this.#ports.tabs?.tell();
  }

  #change(change: Partial<BlocksState>): void {
    this.set({ ...this.snapshot(), ...change });
  }
}

function putOrDelete(users: Map<string, User>, id: string, user: User | null): void {
  if (user === null) users.delete(id);
  else users.set(id, user);
}

function isSame(one: BlocksState["users"], other: BlocksState["users"]): boolean {
  return one.size === other.size && [...other].every(([id, { username, displayName }]) => {
    const user = one.get(id);
    return user?.username === username && user.displayName === displayName;
  });
}

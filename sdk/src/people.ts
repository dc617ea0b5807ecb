import type { Result } from "./errors.ts";
import type { HttpClient } from "./http.ts";
import { cursor, listQuery, parseList, type Reader } from "./reading.ts";
import { parseUser, type User } from "./user.ts";

/** A page of people. */
export interface PeoplePage {
  readonly users: readonly User[];
  /** Where the next page begins; `null` after the last one. */
  readonly nextCursor: string | null;
}

/** The fewest letters that people are looked for by. */
export const MIN_QUERY_LENGTH = 2;

/** Other accounts: finding them, and having nothing to do with some of them. */
export class PeopleClient {
  readonly #http: HttpClient;

  constructor(http: HttpClient) {
    this.#http = http;
  }

  /** Accounts whose name has a word that begins like `query`, 20 at the most; guests are none. */
  search(query: string): Promise<Result<PeoplePage>> {
    return this.#http.request("GET", `/api/users?query=${encodeURIComponent(query)}`, readPeople);
  }

  /** Whom one blocks; `signal` gives the question up. */
  blocked(from: string | null, signal?: AbortSignal): Promise<Result<PeoplePage>> {
    return this.#http.get(`/api/users/blocked${listQuery(100, from)}`, readPeople, signal);
  }

  /** From now on neither can write to the other, or sees whether the other is online. */
  block(userId: string): Promise<Result<object>> {
    return this.#http.send("POST", `/api/users/${encodeURIComponent(userId)}/block`);
  }

  unblock(userId: string): Promise<Result<object>> {
    return this.#http.send("DELETE", `/api/users/${encodeURIComponent(userId)}/block`);
  }
}

/** What `PeopleClient` offers, for whoever wants to stand in for it. */
export type PeopleApi = Pick<PeopleClient, keyof PeopleClient>;

const readPeople: Reader<PeoplePage> = (wire) => {
  const users = parseList(wire.users, parseUser);
  return users === null ? null : { users, nextCursor: cursor(wire.nextCursor) };
};

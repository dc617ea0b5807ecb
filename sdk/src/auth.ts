import { MALFORMED, type Result } from "./errors.ts";
import type { HttpClient, Method } from "./http.ts";
import { parseUser, type User } from "./user.ts";

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export interface Registration extends Credentials {
  /** 1 to 64 long; the username is shown without it. */
  readonly displayName?: string;
}

/** Who one is from now on. In a browser the server has set its cookie as well. */
export interface SignedIn {
  readonly token: string;
  readonly user: User;
}

/** What to change of one's profile; `null` removes it. */
export interface ProfileChange {
  readonly displayName?: string | null;
  /** An `https` address. */
  readonly avatarUrl?: string | null;
}

/** Accounts over HTTP. Nothing here keeps a token. */
export class AuthClient {
  readonly #http: HttpClient;

  constructor(http: HttpClient) {
    this.#http = http;
  }

  /** Makes an account. `conflict`: the name is taken; `forbidden`: this server takes none. */
  register(registration: Registration): Promise<Result<SignedIn>> {
    return this.#ask("POST", "register", registration, readSignedIn);
  }

  /** `unauthenticated`: there is no such name, or it has another password. */
  login(credentials: Credentials): Promise<Result<SignedIn>> {
    return this.#ask("POST", "login", credentials, readSignedIn);
  }

  /** A name without a password, for a while. `conflict` and `forbidden` as for `register`. */
  guest(username: string): Promise<Result<SignedIn>> {
    return this.#ask("POST", "guest", { username }, readSignedIn);
  }

  /** A fresh token for the present one. */
  refresh(): Promise<Result<{ readonly token: string }>> {
    return this.#ask("POST", "refresh", undefined, readToken);
  }

  /** Makes the present token void. */
  logout(): Promise<Result<object>> {
    return this.#ask("POST", "logout", undefined, (wire) => wire);
  }

  /** Makes every token of the account void, on all devices, the present one too. */
  logoutEverywhere(): Promise<Result<object>> {
    return this.#ask("POST", "logout/everywhere", undefined, (wire) => wire);
  }

  /** Who one is; `unauthenticated` for nobody. */
  me(): Promise<Result<{ readonly user: User }>> {
    return this.#ask("GET", "me", undefined, readUser);
  }

  updateProfile(change: ProfileChange): Promise<Result<{ readonly user: User }>> {
    return this.#ask("PATCH", "me", change, readUser);
  }

  /** Makes all other tokens void. `forbidden`: `current` is not the present password. */
  changePassword(current: string, next: string): Promise<Result<{ readonly token: string }>> {
    return this.#ask("POST", "password", { current, next }, readToken);
  }

  async #ask<T>(method: Method, verb: string, body: object | undefined, readAs: Reader<T>): Promise<Result<T>> {
    const result = await this.#http.send(method, `/api/auth/${verb}`, body);
    if (!result.ok) return result;
    const value = readAs(result.value);
    return value === null ? { ok: false, error: MALFORMED } : { ok: true, value };
  }
}

/** What `AuthClient` offers, for whoever wants to stand in for it. */
export type AuthApi = Pick<AuthClient, keyof AuthClient>;

type Reader<T> = (wire: Record<string, unknown>) => T | null;

const readToken: Reader<{ readonly token: string }> = ({ token }) =>
  typeof token === "string" ? { token } : null;

const readUser: Reader<{ readonly user: User }> = (wire) => {
  const user = parseUser(wire.user);
  return user === null ? null : { user };
};

const readSignedIn: Reader<SignedIn> = (wire) => {
  const [token, user] = [readToken(wire), readUser(wire)];
  return token === null || user === null ? null : { ...token, ...user };
};

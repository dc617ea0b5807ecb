import type { AuthApi } from "@parlour/sdk/auth";
import { DISCONNECTED, type ErrorCode, type Result } from "@parlour/sdk/errors";
import type { User } from "@parlour/sdk/user";
import { vi } from "vitest";
import { SessionHints, type HintStorage } from "./session-hint.ts";
import { Session } from "./session.ts";

export const NOW = 1_000_000_000;
export const HOUR_MS = 3_600_000;
export const KEY = "parlour.session";
export const ADA: User = { id: "7", username: "ada", displayName: null, avatarUrl: null, isGuest: false };
export const BOB: User = { ...ADA, id: "8", username: "bob" };

/** A token of one hour; only its claims are looked at. */
export const TOKEN = `h.${btoa(JSON.stringify({ iat: 0, exp: 3_600 }))}.s`;
export const HINT = { userId: "7", expiresAt: NOW + HOUR_MS, lifetimeMs: HOUR_MS };

export const done = <T>(value: T): Result<T> => ({ ok: true, value });
export const refused = (code: ErrorCode): Result<never> => ({
  ok: false,
  error: { code, message: "No.", retryable: false, retryAfterMs: null },
});
export const away: Result<never> = { ok: false, error: DISCONNECTED };

/** One browser: a storage that its tabs share, and a cookie that says `me`. */
export class Browser {
  readonly kept = new Map<string, string>();
  readonly #tabs: { readonly changed: () => void }[] = [];

  constructor(hint: object | null = null) {
    if (hint !== null) this.kept.set(KEY, JSON.stringify(hint));
  }

  /** Opens the page in a tab; other tabs' changes reach it when they are made. */
  tab() {
    const self = { changed: (): void => undefined };
    this.#tabs.push(self);
    const tell = (): void => {
      for (const tab of this.#tabs) if (tab !== self) tab.changed();
    };
    const storage: HintStorage = {
      getItem: (key) => this.kept.get(key) ?? null,
      setItem: (key, value) => {
        this.kept.set(key, value);
        tell();
      },
      removeItem: (key) => {
        this.kept.delete(key);
        tell();
      },
    };
    const hints = new SessionHints(storage, (listener) => {
      self.changed = listener;
      return () => undefined;
    });
    return openTab(hints);
  }
}

export function openTab(hints: SessionHints) {
  const auth = {
    register: vi.fn<AuthApi["register"]>(() => Promise.resolve(done({ token: TOKEN, user: ADA }))),
    login: vi.fn<AuthApi["login"]>(() => Promise.resolve(done({ token: TOKEN, user: ADA }))),
    guest: vi.fn<AuthApi["guest"]>(() => Promise.resolve(done({ token: TOKEN, user: ADA }))),
    refresh: vi.fn<AuthApi["refresh"]>(() => Promise.resolve(done({ token: TOKEN }))),
    logout: vi.fn<AuthApi["logout"]>(() => Promise.resolve(done({}))),
    me: vi.fn<AuthApi["me"]>(() => Promise.resolve(done({ user: ADA }))),
    updateProfile: vi.fn<AuthApi["updateProfile"]>(() => Promise.resolve(done({ user: ADA }))),
    changePassword: vi.fn<AuthApi["changePassword"]>(() => Promise.resolve(done({ token: TOKEN }))),
    logoutEverywhere: vi.fn<AuthApi["logoutEverywhere"]>(() => Promise.resolve(done({}))),
  };
  let end: () => void = () => undefined;
  const socket = {
    renew: vi.fn(),
    extend: vi.fn(),
    onTokenEnd: (listener: () => void) => {
      end = listener;
      return () => undefined;
    },
  };
  const session = new Session({ auth, hints, socket });
  return { session, auth, socket, endToken: () => end() };
}

export const CREDENTIALS = { username: "ada", password: "correct horse" };

/** Lets promises that are settled already run on. */
export const settle = () => vi.advanceTimersByTimeAsync(0);

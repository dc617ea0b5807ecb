import type { AuthApi } from "@parlour/sdk/auth";
import { DISCONNECTED, type ErrorCode, type Result } from "@parlour/sdk/errors";
import type { User } from "@parlour/sdk/user";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SessionHints, type HintStorage } from "./session-hint.ts";
import { Session } from "./session.ts";

const NOW = 1_000_000_000;
const HOUR_MS = 3_600_000;
const KEY = "parlour.session";
const ADA: User = { id: "7", username: "ada", displayName: null, avatarUrl: null, isGuest: false };
const BOB: User = { ...ADA, id: "8", username: "bob" };

/** A token of one hour; only its claims are looked at. */
const TOKEN = `h.${btoa(JSON.stringify({ iat: 0, exp: 3_600 }))}.s`;
const HINT = { userId: "7", expiresAt: NOW + HOUR_MS, lifetimeMs: HOUR_MS };

const done = <T>(value: T): Result<T> => ({ ok: true, value });
const refused = (code: ErrorCode): Result<never> => ({
  ok: false,
  error: { code, message: "No.", retryable: false, retryAfterMs: null },
});
const away: Result<never> = { ok: false, error: DISCONNECTED };

/** One browser: a storage that its tabs share, and a cookie that says `me`. */
class Browser {
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

function openTab(hints: SessionHints) {
  const auth = {
    register: vi.fn<AuthApi["register"]>(() => Promise.resolve(done({ token: TOKEN, user: ADA }))),
    login: vi.fn<AuthApi["login"]>(() => Promise.resolve(done({ token: TOKEN, user: ADA }))),
    guest: vi.fn<AuthApi["guest"]>(() => Promise.resolve(done({ token: TOKEN, user: ADA }))),
    refresh: vi.fn<AuthApi["refresh"]>(() => Promise.resolve(done({ token: TOKEN }))),
    logout: vi.fn<AuthApi["logout"]>(() => Promise.resolve(done({}))),
    me: vi.fn<AuthApi["me"]>(() => Promise.resolve(done({ user: ADA }))),
    updateProfile: vi.fn<AuthApi["updateProfile"]>(() => Promise.resolve(done({ user: ADA }))),
    changePassword: vi.fn<AuthApi["changePassword"]>(() => Promise.resolve(done({ token: TOKEN }))),
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

const CREDENTIALS = { username: "ada", password: "correct horse" };
const settle = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => vi.useFakeTimers({ now: NOW }));
afterEach(() => vi.useRealTimers());

describe("when the page is opened", () => {
  it("asks nobody where nobody was signed in", async () => {
    const { session, auth } = new Browser().tab();
    session.open();
    await settle();
    expect(session.snapshot()).toEqual({ kind: "signed_out", why: "quiet" });
    expect(auth.me).not.toHaveBeenCalled();
  });

  it("asks who one is where somebody was", async () => {
    const { session } = new Browser(HINT).tab();
    session.open();
    expect(session.snapshot()).toEqual({ kind: "checking" });
    await settle();
    expect(session.snapshot()).toEqual({ kind: "signed_in", user: ADA });
  });

  it("asks nobody when the token has run out", async () => {
    const browser = new Browser({ ...HINT, expiresAt: NOW });
    const { session, auth } = browser.tab();
    session.open();
    await settle();
    expect(session.snapshot()).toEqual({ kind: "signed_out", why: "expired" });
    expect(auth.me).not.toHaveBeenCalled();
    expect(browser.kept.size).toBe(0);
  });

  it.each([
    ["token_expired", "expired"],
    ["unauthenticated", "elsewhere"],
  ] as const)("forgets who one was at %s", async (code, why) => {
    const browser = new Browser(HINT);
    const { session, auth } = browser.tab();
    auth.me.mockResolvedValue(refused(code));
    session.open();
    await settle();
    expect(session.snapshot()).toEqual({ kind: "signed_out", why });
    expect(browser.kept.size).toBe(0);
  });

  it("asks again, less and less often, while the server is away", async () => {
    const { session, auth } = new Browser(HINT).tab();
    auth.me.mockResolvedValueOnce(away).mockResolvedValueOnce(away);
    session.open();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(auth.me).toHaveBeenCalledTimes(2);
    expect(session.snapshot()).toEqual({ kind: "checking" });
    await vi.advanceTimersByTimeAsync(9_999);
    expect(auth.me).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(session.snapshot()).toMatchObject({ kind: "signed_in" });
  });

  it("asks the server where the browser keeps nothing", async () => {
    const { session, auth } = openTab(new SessionHints(null, () => () => undefined));
    auth.me.mockResolvedValue(refused("unauthenticated"));
    session.open();
    await settle();
    expect(session.snapshot()).toEqual({ kind: "signed_out", why: "quiet" });
  });

  it.each(["{", '"x"', '{"userId":7}', "null"])("takes a hint that is none, %s, for nobody", (kept) => {
    const browser = new Browser();
    browser.kept.set(KEY, kept);
    expect(browser.tab().session.snapshot()).toEqual({ kind: "signed_out", why: "quiet" });
  });
});

describe("signing in", () => {
  it("keeps no token, but when it ends, and connects as the new one", async () => {
    const browser = new Browser();
    const { session, socket } = browser.tab();
    expect(await session.signIn(CREDENTIALS)).toEqual({ ok: true, value: ADA });
    expect(session.snapshot()).toEqual({ kind: "signed_in", user: ADA });
    expect(browser.kept.get(KEY)).toBe(JSON.stringify(HINT));
    expect(socket.renew).toHaveBeenCalledOnce();
  });

  it("changes nothing when it is refused", async () => {
    const browser = new Browser();
    const { session, auth, socket } = browser.tab();
    auth.login.mockResolvedValue(refused("unauthenticated"));
    expect(await session.signIn(CREDENTIALS)).toMatchObject({ ok: false });
    expect(session.snapshot()).toEqual({ kind: "signed_out", why: "quiet" });
    expect(browser.kept.size).toBe(0);
    expect(socket.renew).not.toHaveBeenCalled();
  });

  it("signs the other tabs in", async () => {
    const browser = new Browser();
    const [one, other] = [browser.tab(), browser.tab()];
    await one.session.continueAsGuest("ada");
    await settle();
    expect(other.session.snapshot()).toEqual({ kind: "signed_in", user: ADA });
    expect(other.socket.renew).toHaveBeenCalledOnce();
  });

  it("as somebody else changes who the other tabs are", async () => {
    const browser = new Browser(HINT);
    const [one, other] = [browser.tab(), browser.tab()];
    other.session.open();
    await settle();
    one.auth.login.mockResolvedValue(done({ token: TOKEN, user: BOB }));
    other.auth.me.mockResolvedValue(done({ user: BOB }));
    await one.session.signIn({ username: "bob", password: "correct horse" });
    await settle();
    expect(other.session.snapshot()).toEqual({ kind: "signed_in", user: BOB });
  });
});

describe("signing out", () => {
  it("does so in every tab", async () => {
    const browser = new Browser(HINT);
    const [one, other] = [browser.tab(), browser.tab()];
    one.session.open();
    other.session.open();
    await settle();
    expect(await one.session.signOut()).toMatchObject({ ok: true });
    expect(one.session.snapshot()).toEqual({ kind: "signed_out", why: "quiet" });
    expect(other.session.snapshot()).toEqual({ kind: "signed_out", why: "elsewhere" });
    expect(browser.kept.size).toBe(0);
    expect(other.auth.logout).not.toHaveBeenCalled();
    other.session.dismissNotice();
    expect(other.session.snapshot()).toEqual({ kind: "signed_out", why: "quiet" });
  });

  it("leaves one signed in when the server did not hear of it", async () => {
    const { session, auth } = new Browser(HINT).tab();
    session.open();
    await settle();
    auth.logout.mockResolvedValue(away);
    expect(await session.signOut()).toEqual(away);
    expect(session.snapshot().kind).toBe("signed_in");
  });

  it("is done when the token is void already", async () => {
    const { session, auth } = new Browser(HINT).tab();
    session.open();
    await settle();
    auth.logout.mockResolvedValue(refused("unauthenticated"));
    expect(await session.signOut()).toMatchObject({ ok: true });
    expect(session.snapshot()).toEqual({ kind: "signed_out", why: "quiet" });
  });

  it("is not undone by an answer that was under way", async () => {
    const { session, auth } = new Browser(HINT).tab();
    session.open();
    await settle();
    let answer: (result: Awaited<ReturnType<AuthApi["refresh"]>>) => void = () => undefined;
    auth.refresh.mockReturnValue(new Promise((resolve) => (answer = resolve)));
    await vi.advanceTimersByTimeAsync(HOUR_MS / 2);
    await session.signOut();
    answer(done({ token: TOKEN }));
    await settle();
    expect(session.snapshot().kind).toBe("signed_out");
  });
});

describe("the token", () => {
  it("is replaced when half its time is over, for the socket too", async () => {
    const { session, auth, socket } = new Browser().tab();
    await session.signIn(CREDENTIALS);
    await vi.advanceTimersByTimeAsync(HOUR_MS / 2 - 1);
    expect(auth.refresh).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(auth.refresh).toHaveBeenCalledOnce();
    expect(socket.extend).toHaveBeenCalledExactlyOnceWith(TOKEN);
    await vi.advanceTimersByTimeAsync(HOUR_MS / 2);
    expect(auth.refresh).toHaveBeenCalledTimes(2);
  });

  it("is replaced at once by a page that is opened late in its time", async () => {
    const { session, auth } = new Browser({ ...HINT, expiresAt: NOW + 1_000 }).tab();
    session.open();
    await settle();
    expect(auth.refresh).toHaveBeenCalledOnce();
  });

  it("is asked for until it has run out, then one is signed out", async () => {
    const { session, auth } = new Browser().tab();
    await session.signIn(CREDENTIALS);
    auth.refresh.mockResolvedValue(away);
    await vi.advanceTimersByTimeAsync(HOUR_MS - 1);
    expect(session.snapshot().kind).toBe("signed_in");
    await vi.advanceTimersByTimeAsync(80_000);
    expect(session.snapshot()).toEqual({ kind: "signed_out", why: "expired" });
    const asked = auth.refresh.mock.calls.length;
    await vi.advanceTimersByTimeAsync(HOUR_MS);
    expect(auth.refresh).toHaveBeenCalledTimes(asked);
  });

  it("that the server ended is looked into, once another tab has had time to say why", async () => {
    const { session, auth, endToken, socket } = new Browser(HINT).tab();
    session.open();
    await settle();
    endToken();
    await vi.advanceTimersByTimeAsync(999);
    expect(auth.me).toHaveBeenCalledOnce();
    await vi.advanceTimersByTimeAsync(1);
    expect(auth.me).toHaveBeenCalledTimes(2);
    // The cookie had a fresh one.
    expect(session.snapshot().kind).toBe("signed_in");
    expect(socket.renew).toHaveBeenCalledOnce();
  });

  it("that another tab ended asks the server nothing", async () => {
    const browser = new Browser(HINT);
    const [one, other] = [browser.tab(), browser.tab()];
    one.session.open();
    other.session.open();
    await settle();
    other.endToken();
    await one.session.signOut();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(other.auth.me).toHaveBeenCalledOnce();
    expect(other.session.snapshot()).toEqual({ kind: "signed_out", why: "elsewhere" });
  });
});

describe("the account", () => {
  it("shows what the server made of a change", async () => {
    const { session, auth } = new Browser(HINT).tab();
    session.open();
    await settle();
    auth.updateProfile.mockResolvedValue(done({ user: { ...ADA, displayName: "Ada" } }));
    await session.updateProfile({ displayName: " Ada " });
    expect(session.snapshot()).toMatchObject({ user: { displayName: "Ada" } });
  });

  it("is left when a change finds the token void, but not at another refusal", async () => {
    const { session, auth } = new Browser(HINT).tab();
    session.open();
    await settle();
    auth.changePassword.mockResolvedValue(refused("forbidden"));
    expect(await session.changePassword("wrong", "another one")).toMatchObject({ ok: false });
    expect(session.snapshot().kind).toBe("signed_in");
    auth.updateProfile.mockResolvedValue(refused("unauthenticated"));
    await session.updateProfile({ displayName: "Ada" });
    expect(session.snapshot()).toEqual({ kind: "signed_out", why: "elsewhere" });
  });

  it("stays signed in with a new password, even if another tab gave it up meanwhile", async () => {
    const browser = new Browser(HINT);
    const [one, other] = [browser.tab(), browser.tab()];
    one.session.open();
    other.session.open();
    await settle();
    let answer: (result: Awaited<ReturnType<AuthApi["changePassword"]>>) => void = () => undefined;
    one.auth.changePassword.mockReturnValue(new Promise((resolve) => (answer = resolve)));
    const changed = one.session.changePassword("correct horse", "battery staple");
    other.auth.me.mockResolvedValueOnce(refused("unauthenticated"));
    other.endToken();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(one.session.snapshot().kind).toBe("signed_out");
    answer(done({ token: TOKEN }));
    await changed;
    await settle();
    expect(one.session.snapshot()).toEqual({ kind: "signed_in", user: ADA });
    expect(other.session.snapshot()).toEqual({ kind: "signed_in", user: ADA });
  });
});

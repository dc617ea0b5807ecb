import type { AuthApi } from "@parlour/sdk/auth";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SessionHints } from "./session-hint.ts";
import { ADA, away, BOB, Browser, CREDENTIALS, done, HINT, HOUR_MS, KEY, NOW, openTab, refused, settle, TOKEN } from "./session-fixture.ts";

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
    ["unauthenticated", "ended"],
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

  describe.each([
    ["full", false],
    ["broken", true],
  ])("with a storage that is %s", (_, isBroken) => {
    const fail = (): never => {
      throw new Error("QuotaExceededError");
    };
    const storage = { getItem: isBroken ? fail : () => null, setItem: fail, removeItem: isBroken ? fail : () => undefined };
    const visit = () => {
      let changed: () => void = () => undefined;
      const tab = openTab(new SessionHints(storage, (listener) => {
        changed = listener;
        return () => undefined;
      }));
      return { ...tab, changed: () => changed() };
    };

    it("asks the server again at the next visit: the cookie may be there", async () => {
      const first = visit();
      await first.session.signIn(CREDENTIALS);
      const { session } = visit();
      expect(session.snapshot()).toEqual({ kind: "checking" });
      session.open();
      await settle();
      expect(session.snapshot()).toEqual({ kind: "signed_in", user: ADA });
    });

    it("is not signed out by whatever else another tab changes", async () => {
      const { session, changed } = visit();
      await session.signIn(CREDENTIALS);
      changed();
      expect(session.snapshot()).toEqual({ kind: "signed_in", user: ADA });
      await session.signOut();
      expect(session.snapshot()).toEqual({ kind: "signed_out", why: "left" });
    });
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
    expect(one.session.snapshot()).toEqual({ kind: "signed_out", why: "left" });
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
    expect(session.snapshot()).toEqual({ kind: "signed_out", why: "left" });
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

it("signs out of every device, and is still signed in if that did not work", async () => {
  const browser = new Browser(HINT);
  const { session, auth } = browser.tab();
  session.open();
  await settle();
  auth.logoutEverywhere.mockResolvedValueOnce(away);
  expect((await session.signOutEverywhere()).ok).toBe(false);
  expect(session.snapshot().kind).toBe("signed_in");
  expect((await session.signOutEverywhere()).ok).toBe(true);
  expect(session.snapshot()).toEqual({ kind: "signed_out", why: "left" });
  expect(browser.kept.size).toBe(0);
});

import type { AuthApi } from "@parlour/sdk/auth";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ADA, away, Browser, CREDENTIALS, done, HINT, HOUR_MS, NOW, refused, settle, TOKEN } from "./session-fixture.ts";

beforeEach(() => vi.useFakeTimers({ now: NOW }));
afterEach(() => vi.useRealTimers());

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
    expect(session.snapshot()).toEqual({ kind: "signed_out", why: "ended" });
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

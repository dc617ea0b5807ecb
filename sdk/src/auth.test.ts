import { afterEach, describe, expect, it, vi } from "vitest";
import { AuthClient } from "./auth.ts";
import { HttpClient, type HttpOptions } from "./http.ts";
import { tokenLifetimeMs } from "./tokens.ts";

const ADA = { id: "7", username: "ada", displayName: "Ada L.", avatarUrl: null, isGuest: false };

interface Request {
  readonly url: string;
  readonly method: string | undefined;
  readonly headers: unknown;
  readonly body: unknown;
}

/** An `AuthClient` whose server answers with `status` and `body`, and what it was asked. */
function setUp(status: number, body: unknown, more: HttpOptions & { readonly reply?: HeadersInit } = {}) {
  const requests: Request[] = [];
  const { reply = {}, ...options } = more;
  const fetch = (url: unknown, init?: RequestInit): Promise<Response> => {
    requests.push({ url: String(url), method: init?.method, headers: init?.headers, body: init?.body });
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return Promise.resolve(new Response(text, { status, headers: reply }));
  };
  return { auth: new AuthClient(new HttpClient({ fetch, ...options })), requests };
}

const errorBody = (code: string, more: object = {}) => ({
  error: { code, message: "Do that.", retryable: false, ...more },
});

afterEach(() => vi.useRealTimers());

describe("accounts over HTTP", () => {
  it("sends what it is given as JSON and reads who one is", async () => {
    const { auth, requests } = setUp(201, { token: "t", user: { ...ADA, more: 1 } });
    const result = await auth.register({ username: "ada", password: "correct horse" });
    expect(result).toEqual({ ok: true, value: { token: "t", user: ADA } });
    expect(requests).toEqual([
      {
        url: "/api/auth/register",
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: '{"username":"ada","password":"correct horse"}',
      },
    ]);
  });

  it("carries the token of the program that has one, to the server that it names", async () => {
    const { auth, requests } = setUp(200, { user: ADA }, { url: "https://chat.example/", getToken: () => "mine" });
    expect(await auth.me()).toEqual({ ok: true, value: { user: ADA } });
    expect(requests).toMatchObject([
      { url: "https://chat.example/api/auth/me", method: "GET", headers: { Authorization: "Bearer mine" } },
    ]);
  });

  it.each([
    ["unauthenticated", 401],
    ["token_expired", 401],
    ["forbidden", 403],
    ["conflict", 409],
    ["invalid_payload", 400],
    ["internal", 500],
  ])("tells a refusal by its code: %s", async (code, status) => {
    const { auth } = setUp(status, errorBody(code));
    const error = { code, message: "Do that.", retryable: false, retryAfterMs: null };
    expect(await auth.login({ username: "ada", password: "wrong" })).toEqual({ ok: false, error });
  });

  it.each([
    [{ retryAfterMs: 1_500 }, {}, 1_500],
    [{ retryAfterMs: 1_500 }, { "Retry-After": "2" }, 1_500],
    [{}, { "Retry-After": "2" }, 2_000],
    [{}, {}, null],
  ])("says how long to wait: %j %j", async (more, reply, retryAfterMs) => {
    const { auth } = setUp(429, errorBody("rate_limited", { retryable: true, ...more }), { reply });
    expect(await auth.guest("ada")).toMatchObject({ ok: false, error: { code: "rate_limited", retryAfterMs } });
  });

  it.each([
    [502, "<html>Bad gateway</html>", "disconnected", true],
    [503, "", "disconnected", true],
    [429, "slow down", "rate_limited", true],
    [404, "<html>Not here</html>", "internal", false],
    [200, "<html>Welcome to the hotel's network</html>", "internal", false],
    [200, '{"token":7}', "internal", false],
    [200, "[]", "internal", false],
  ])("makes an error of an answer that is not the server's: %i %s", async (status, body, code, retryable) => {
    const { auth } = setUp(status, body);
    expect(await auth.refresh()).toMatchObject({ ok: false, error: { code, retryable } });
  });

  it("takes an answer without a body where none is needed", async () => {
    expect((await setUp(200, "").auth.logout()).ok).toBe(true);
  });

  it("says that there is no connection when the request fails, or no token can be had", async () => {
    const away = () => Promise.reject(new TypeError("Failed to fetch"));
    const { auth } = setUp(200, {}, { fetch: away });
    expect(await auth.me()).toMatchObject({ ok: false, error: { code: "disconnected" } });
    const { auth: without } = setUp(200, { user: ADA }, { getToken: () => Promise.reject(new Error("no")) });
    expect(await without.me()).toMatchObject({ ok: false, error: { code: "disconnected" } });
  });

  it("does not wait for ever", async () => {
    vi.useFakeTimers();
    const silent = (_: unknown, init?: RequestInit) =>
      new Promise<Response>((_resolve, reject) => {
        init?.signal?.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
      });
    const { auth } = setUp(200, {}, { fetch: silent });
    const asked = auth.me();
    await vi.advanceTimersByTimeAsync(15_000);
    expect(await asked).toMatchObject({ ok: false, error: { code: "timeout", retryable: true } });
  });

  it("waits no longer for a token", async () => {
    vi.useFakeTimers();
    const { auth, requests } = setUp(200, {}, { getToken: () => new Promise(() => undefined) });
    const asked = auth.me();
    await vi.advanceTimersByTimeAsync(15_000);
    expect(await asked).toMatchObject({ ok: false, error: { code: "timeout", retryable: true } });
    expect(requests).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("takes an empty token for none", async () => {
    const { auth, requests } = setUp(200, { user: ADA }, { getToken: () => "" });
    await auth.me();
    expect(requests).toMatchObject([{ headers: {} }]);
    expect(requests[0]!.headers).not.toHaveProperty("Authorization");
  });
});

describe("a token's lifetime", () => {
  /** JSON as a token holds it: UTF-8 in base64url (RFC 7515 §2). */
  const part = (claims: unknown) => {
    const bytes = new TextEncoder().encode(JSON.stringify(claims));
    return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  };

  it.each([
    [{ iat: 1_000, exp: 87_400 }, 86_400_000],
    [{ iat: 1_000, exp: 87_400, name: "Ada ÿÿÿ 🙂" }, 86_400_000],
    [{ exp: 87_400 }, null],
    [{ iat: 5, exp: 5 }, null],
    [{ iat: "1", exp: 2 }, null],
  ])("is read from its claims: %j", (claims, expected) => {
    expect(tokenLifetimeMs(`header.${part(claims)}.signature`)).toBe(expected);
  });

  it.each(["", "a", "a.b.c", "a.!.c", `a.${part(null)}.c`])("is unknown of %j", (token) => {
    expect(tokenLifetimeMs(token)).toBeNull();
  });
});

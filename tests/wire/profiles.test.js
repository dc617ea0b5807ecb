/**
 * Guests, and what one does with a token over REST.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { PASSWORD, QUICK, Rest } from "./src/rest.js";
import { Server } from "./src/server.js";
import { assertOwnToken, assertUser } from "./src/users.js";
import { until } from "./src/wait.js";

/** @type {Server} */
let server;
/** @type {Rest} */
let rest;
before(async () => {
  server = await Server.start(QUICK);
  rest = new Rest(server);
});
after(() => server?.stop());

describe("guests", () => {
  test("need a name and no password", async () => {
    const { token, user } = await rest.guest("Gus");
    assertUser(user, { username: "Gus", isGuest: true });
    assertOwnToken(token, user);
    assert.deepEqual(await rest.me(token), user);
    const json = { current: PASSWORD, next: `${PASSWORD}!` };
    await rest.refused("forbidden", "POST", "/api/auth/password", { token, json });
  });

  test("can be switched off", async () => {
    const other = await Server.start({ ...QUICK, AUTH_GUESTS: false });
    try {
      const closed = new Rest(other);
      const json = { username: "Gus" };
      await closed.refused("forbidden", "POST", "/api/auth/guest", { json });
      await closed.register("Gus");
    } finally {
      await other.stop();
    }
  });

  test("are deleted some time after their last token has ended, and not before", async () => {
    const settings = { AUTH_TOKEN_LIFETIME_MS: 2_000, AUTH_GUEST_KEEP_MS: 1_000 };
    const cleaned = await Server.start({ ...QUICK, ...settings, AUTH_CLEANUP_INTERVAL_MS: 50 });
    try {
      const soon = new Rest(cleaned);
      const start = Date.now();
      const first = await soon.guest("Gus");
      const { user: ann } = await soon.register("Ann");
      const again = () => soon.call("POST", "/api/auth/guest", { json: { username: "Gus" } });
      const made = await until("the name is free again", async () => {
        const answer = await again();
        return answer.status === 201 && answer;
      });
      const tookMs = Date.now() - start;
      // Tokens end at whole seconds.
      assert.ok(tookMs >= 2_000, `after ${tookMs} ms`);
      assert.notEqual(made.body.user.id, first.user.id, "an id is never used again");
      await soon.refused("token_expired", "GET", "/api/auth/me", { token: first.token });
      assert.equal((await soon.login("Ann")).user.id, ann.id, "accounts stay");
    } finally {
      await cleaned.stop();
    }
  });
});

describe("with a token", () => {
  test("everything but signing in, health and docs is refused without one", async () => {
    const routes = [
      ["POST", "/api/auth/refresh"],
      ["POST", "/api/auth/logout"],
      ["GET", "/api/auth/me"],
      ["PATCH", "/api/auth/me", { displayName: "X" }],
      ["POST", "/api/auth/password", { current: PASSWORD, next: PASSWORD }],
      ["GET", "/api/users?query=ann"],
    ];
    for (const [method, path, json] of routes) {
      await rest.refused("unauthenticated", method, path, { json });
      await rest.refused("unauthenticated", method, path, { json, token: "x" });
      const headers = { authorization: "Basic YW5uOng=" };
      await rest.refused("unauthenticated", method, path, { json, headers });
    }
    for (const path of ["/healthz", "/readyz", "/api/openapi.json", "/api/docs"]) {
      const { status } = await rest.call("GET", path);
      assert.ok(status < 400, `${path}: ${status}`);
    }
  });

  test("refresh gives a fresh token of the same user", async () => {
    const { token, user } = await rest.register("Rita");
    const fresh = await rest.succeed(200, "POST", "/api/auth/refresh", { token });
    assert.deepEqual(Object.keys(fresh), ["token"]);
    assert.notEqual(fresh.token, token);
    assertOwnToken(fresh.token, user);
    assert.deepEqual(await rest.me(fresh.token), user);
    const { token: guest, user: someone } = await rest.guest("Rita's guest");
    const again = await rest.succeed(200, "POST", "/api/auth/refresh", { token: guest });
    assert.deepEqual(await rest.me(again.token), someone);
  });

  test("logout makes this token void, and no other", async () => {
    const { token, user } = await rest.register("Otto");
    const { token: other } = await rest.login("Otto");
    await rest.succeed(200, "POST", "/api/auth/logout", { token });
    await rest.refused("unauthenticated", "GET", "/api/auth/me", { token });
    await rest.refused("unauthenticated", "POST", "/api/auth/refresh", { token });
    assert.deepEqual(await rest.me(other), user);
    await rest.login("Otto");
  });

  test("a void token stays void when only its signature is written otherwise", async () => {
    const { token } = await rest.register("Mallory");
    await rest.succeed(200, "POST", "/api/auth/logout", { token });
    // The last of 43 base64url digits holds two bits that mean nothing.
    const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const last = digits.indexOf(token.at(-1));
    for (let low = 0; low < 4; low += 1) {
      const twin = token.slice(0, -1) + digits[(last & ~3) | low];
      await rest.refused("unauthenticated", "GET", "/api/auth/me", { token: twin });
    }
  });

  test("PATCH me changes the profile", async () => {
    const { token, user } = await rest.register("Pat");
    const patch = (json) => rest.succeed(200, "PATCH", "/api/auth/me", { token, json });
    const avatarUrl = "https://example.org/pat.png";
    const named = { ...user, displayName: "Patricia" };
    assert.deepEqual(await patch({ displayName: "Patricia" }), { user: named });
    assert.deepEqual(await patch({ avatarUrl }), { user: { ...named, avatarUrl } });
    assert.deepEqual(await patch({}), { user: { ...named, avatarUrl } });
    const ignored = { username: "Root", id: "1", isGuest: true };
    assert.deepEqual(await patch(ignored), { user: { ...named, avatarUrl } });
    assert.deepEqual(await rest.me(token), { ...named, avatarUrl });
    assert.deepEqual(await patch({ avatarUrl: null, displayName: null }), { user });
    assert.deepEqual((await rest.login("Pat")).user, user);
  });

  test("PATCH me refuses what cannot be a name or a picture, and changes nothing", async () => {
    const { token, user } = await rest.register("Petra");
    const bad = [
      { displayName: "x".repeat(65) },
      { displayName: "a\u202eb" },
      { displayName: 7 },
      { avatarUrl: "http://example.org/a.png" },
      { avatarUrl: "javascript:alert(1)" },
      { avatarUrl: "//example.org/a.png" },
      { avatarUrl: {} },
      { displayName: "Good", avatarUrl: "bad" },
    ];
    for (const json of bad) {
      await rest.refused("invalid_payload", "PATCH", "/api/auth/me", { token, json });
    }
    assert.deepEqual(await rest.me(token), user);
  });

  test("a new password makes every earlier token void", async () => {
    const { token, user } = await rest.register("Paul");
    const { token: other } = await rest.login("Paul");
    const change = (json, by = token) => ({ token: by, json });
    const wrong = change({ current: "not this one", next: "a new password" });
    await rest.refused("forbidden", "POST", "/api/auth/password", wrong);
    for (const next of ["short", "x".repeat(129), null, 12345678]) {
      const bad = change({ current: PASSWORD, next });
      await rest.refused("invalid_payload", "POST", "/api/auth/password", bad);
    }
    const good = change({ current: PASSWORD, next: "a new password" });
    const answer = await rest.succeed(200, "POST", "/api/auth/password", good);
    for (const old of [token, other]) {
      await rest.refused("unauthenticated", "GET", "/api/auth/me", { token: old });
    }
    assert.deepEqual(await rest.me(answer.token), user, "whoever changed it goes on");
    const json = { username: "Paul", password: PASSWORD };
    await rest.refused("unauthenticated", "POST", "/api/auth/login", { json });
    const { token: fresh } = await rest.login("Paul", "a new password");
    assert.deepEqual(await rest.me(fresh), user);
  });
});

describe("users", () => {
  const find = (token, query) => {
    const path = `/api/users?query=${encodeURIComponent(query)}`;
    return rest.succeed(200, "GET", path, { token });
  };

  test("are found by two letters or more, accounts only", async () => {
    const { token, user } = await rest.register("Zoe Quill");
    const { user: other } = await rest.register("zoey", PASSWORD, { displayName: "Quentin Zoll" });
    await rest.guest("Zoe Guest");
    const names = async (query) => (await find(token, query)).users.map(({ username }) => username);
    assert.deepEqual((await find(token, "zo")).users.map(({ id }) => id).sort(), [user.id, other.id].sort());
    assert.deepEqual((await find(token, "zoe quill")).users, [user]);
    assert.deepEqual(await names("ZOEY"), ["zoey"]);
    assert.deepEqual(await names("Quentin"), ["zoey"]);
    assert.deepEqual(await names("no such name"), []);
    assert.deepEqual(await names("%%"), []);
    for (const query of ["z", "", " z "]) {
      const path = `/api/users?query=${encodeURIComponent(query)}`;
      await rest.refused("invalid_payload", "GET", path, { token });
    }
    await rest.refused("invalid_payload", "GET", "/api/users", { token });
  });

  test("are 20 at most", async () => {
    const made = [];
    for (let n = 10; n < 31; n += 1) made.push(await rest.register(`Crowd${n}`));
    const { users } = await find(made[0].token, "crowd");
    assert.equal(users.length, 20);
    assert.deepEqual(Object.keys(users[0]).sort(), Object.keys(made[0].user).sort());
  });
});

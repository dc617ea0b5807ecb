/**
 * The cookie, which counts for the server's own page only, and calls from other origins.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";

import { WAYS } from "./src/peer.js";
import { PASSWORD, QUICK, Rest } from "./src/rest.js";
import { refusedWith } from "./src/refusal.js";
import { Server } from "./src/server.js";
import { isSignedIn } from "./src/signed-in.js";
import { Stage } from "./src/stage.js";

const ELSEWHERE = "https://elsewhere.example";
const DAY_S = 86_400;

/** A cookie as it is set: its value and its attributes. */
function parsed(line) {
  const [pair, ...attributes] = line.split(/;\s*/);
  const [name, value] = pair.split("=");
  return { name, value, attributes: attributes.sort() };
}

describe("the cookie", () => {
  const stage = new Stage(undefined, "websocket");
  /** @type {Rest} */
  let rest;
  let token;
  let user;
  let other;
  before(async () => {
    stage.server = await Server.start({ ...QUICK, TRUSTED_PROXIES: "127.0.0.2" });
    rest = new Rest(stage.server);
    ({ token, user } = await rest.register("Ann"));
    other = await rest.register("Bob");
  });
  afterEach(() => stage.clear());
  after(() => stage.server?.stop());
  const cookie = (value = token) => `theme=dark; parlour_token=${value}; x=y`;
  const own = () => stage.server.url;

  test("is set by login, register and guest, for no script and no foreign page", async () => {
    const calls = [
      ["register", { username: "Cleo", password: PASSWORD }],
      ["login", { username: "Cleo", password: PASSWORD }],
      ["guest", { username: "Gus" }],
    ];
    for (const [route, json] of calls) {
      const { cookies, body } = await rest.call("POST", `/api/auth/${route}`, { json });
      assert.equal(cookies.length, 1, route);
      const { name, value, attributes } = parsed(cookies[0]);
      assert.deepEqual([name, value], ["parlour_token", body.token], route);
      const age = attributes.find((attribute) => attribute.startsWith("Max-Age="));
      assert.ok(Math.abs(Number(age?.slice(8)) - DAY_S) <= 2, cookies[0]);
      const others = attributes.filter((attribute) => attribute !== age);
      assert.deepEqual(others, ["HttpOnly", "Path=/", "SameSite=Strict"], route);
    }
  });

  test("is Secure behind a trusted proxy that says TLS, and nobody else can say so", async () => {
    const json = { username: "Ann", password: PASSWORD };
    const headers = { "x-forwarded-proto": "https", "x-forwarded-for": "192.0.2.1" };
    const login = (localAddress) => rest.call("POST", "/api/auth/login", { json, headers, localAddress });
    const secure = async (address) =>
      parsed((await login(address)).cookies[0]).attributes.includes("Secure");
    assert.equal(await secure("127.0.0.2"), true);
    assert.equal(await secure("127.0.0.1"), false);
  });

  test("is not set when it failed", async () => {
    const json = { username: "Ann", password: "not this one" };
    const { cookies } = await rest.refused("unauthenticated", "POST", "/api/auth/login", { json });
    assert.deepEqual(cookies, []);
  });

  test("is set anew by refresh or left, and cleared by logout", async () => {
    const { token: leaving } = await rest.login("Ann");
    const headers = { cookie: cookie(leaving), origin: own() };
    const fresh = await rest.call("POST", "/api/auth/refresh", { headers });
    assert.equal(fresh.status, 200);
    for (const line of fresh.cookies) assert.equal(parsed(line).value, fresh.body.token);
    const { status, cookies } = await rest.call("POST", "/api/auth/logout", { headers });
    assert.equal(status, 200);
    const { name, value, attributes } = parsed(cookies[0]);
    assert.deepEqual([name, value], ["parlour_token", ""]);
    assert.ok(attributes.includes("Max-Age=0"), cookies[0]);
    assert.ok(attributes.includes("Path=/"), cookies[0]);
    await rest.refused("unauthenticated", "GET", "/api/auth/me", { headers });
  });

  /** [what, headers beside the cookie, whether it counts] */
  const cases = [
    ["its own origin", () => ({ origin: own() }), true],
    ["a GET of its own page", () => ({ "sec-fetch-site": "same-origin" }), true],
    ["a foreign origin", () => ({ origin: ELSEWHERE }), false],
    ["a foreign origin that claims otherwise", () => ({ origin: ELSEWHERE, "sec-fetch-site": "same-origin" }), false],
    ["the host with another port", () => ({ origin: "http://127.0.0.1:1" }), false],
    ["an origin that only begins alike", () => ({ origin: `${own()}.evil.example` }), false],
    ["an opaque origin", () => ({ origin: "null" }), false],
    ["no origin", () => ({}), false],
    ["a page of the same site", () => ({ "sec-fetch-site": "same-site" }), false],
    ["a page of another site", () => ({ "sec-fetch-site": "cross-site" }), false],
    ["an address that was typed", () => ({ "sec-fetch-site": "none" }), false],
  ];
  for (const [what, headers, counts] of cases) {
    test(`${counts ? "counts" : "does not count"} with ${what}`, async () => {
      const all = { cookie: cookie(), ...headers() };
      if (counts) {
        const { user: me } = await rest.succeed(200, "GET", "/api/auth/me", { headers: all });
        assert.deepEqual(me, user);
      } else {
        await rest.refused("unauthenticated", "GET", "/api/auth/me", { headers: all });
      }
    });
  }

  test("counts only where no other token is given", async () => {
    const headers = { cookie: cookie(), origin: own() };
    const { user: me } = await rest.succeed(200, "GET", "/api/auth/me", { headers, token: other.token });
    assert.deepEqual(me, other.user);
    await rest.refused("unauthenticated", "GET", "/api/auth/me", { headers, token: "x" });
  });

  for (const way of Object.keys(WAYS)) {
    test(`signs a bare io() of the own page in, over ${way}`, async () => {
      const join = (headers, more = {}) => stage.join({ way, extraHeaders: headers, ...more });
      const ann = await join({ cookie: cookie(), origin: own() });
      assert.equal(await isSignedIn(ann), true);
      await ann.succeed("refresh_token", { token });
      for (const origin of [ELSEWHERE, "null", "http://127.0.0.1:1"]) {
        const stranger = await join({ cookie: cookie(), origin });
        assert.equal(await isSignedIn(stranger), false, origin);
      }
      const none = await join({ cookie: cookie() });
      assert.equal(await isSignedIn(none), false, "without an origin");
      const bob = await join({ cookie: cookie(), origin: own() }, { auth: { token: other.token } });
      await bob.succeed("refresh_token", { token: other.token });
      await bob.refused("forbidden", "refresh_token", { token });
      const extraHeaders = { cookie: cookie(), origin: own() };
      await refusedWith("unauthenticated", own(), { way, extraHeaders, auth: { token: null } });
    });
  }
});

describe("other origins", () => {
  /** @type {Server} */
  let server;
  /** @type {Rest} */
  let rest;
  let token;
  before(async () => {
    server = await Server.start(QUICK);
    rest = new Rest(server);
    ({ token } = await rest.register("Ann"));
  });
  after(() => server?.stop());

  test("may call with a bearer token, and read every answer", async () => {
    const headers = { origin: ELSEWHERE };
    const json = { username: "Ann", password: "wrong password" };
    const answers = [
      [200, await rest.call("GET", "/api/auth/me", { token, headers })],
      [401, await rest.call("GET", "/api/auth/me", { headers })],
      [401, await rest.call("POST", "/api/auth/login", { json, headers })],
      [404, await rest.call("GET", "/api/nothing", { headers })],
    ];
    for (const [status, answer] of answers) {
      assert.equal(answer.status, status);
      assert.equal(answer.headers["access-control-allow-origin"], ELSEWHERE);
      assert.equal(answer.headers["access-control-allow-credentials"], "true");
      assert.match(answer.headers.vary ?? "", /origin/i);
    }
  });

  test("are told so beforehand", async () => {
    for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"]) {
      const headers = {
        origin: ELSEWHERE,
        "access-control-request-method": method,
        "access-control-request-headers": "authorization,content-type",
      };
      const answer = await rest.call("OPTIONS", "/api/auth/me", { headers });
      assert.ok([200, 204].includes(answer.status), `${method}: ${answer.status}`);
      assert.equal(answer.headers["access-control-allow-origin"], ELSEWHERE);
      assert.equal(answer.headers["access-control-allow-credentials"], "true");
      assert.match(answer.headers["access-control-allow-methods"], new RegExp(`\\b${method}\\b`));
      for (const name of [/authorization/i, /content-type/i]) {
        assert.match(answer.headers["access-control-allow-headers"], name);
      }
    }
  });

  test("are only those that are configured", async () => {
    const narrow = await Server.start({ ...QUICK, CORS_ORIGINS: "https://app.example" });
    try {
      const api = new Rest(narrow);
      const allowed = async (origin, method = "GET") => {
        const asked = { "access-control-request-method": "GET" };
        const headers = method === "OPTIONS" ? { origin, ...asked } : { origin };
        const answer = await api.call(method, "/api/auth/me", { headers });
        return answer.headers["access-control-allow-origin"];
      };
      for (const method of ["GET", "OPTIONS"]) {
        assert.equal(await allowed("https://app.example", method), "https://app.example");
        assert.equal(await allowed(ELSEWHERE, method), undefined);
      }
    } finally {
      await narrow.stop();
    }
  });
});

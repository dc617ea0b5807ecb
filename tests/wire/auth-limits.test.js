/**
 * How often one may sign in, and what the time of an answer and the log must not give away.
 */
import assert from "node:assert/strict";
import { performance } from "node:perf_hooks";
import { after, afterEach, before, describe, test } from "node:test";

import { nowS, Signer } from "./src/jose.js";
import { assertError } from "./src/peer.js";
import { PASSWORD, QUICK, Rest } from "./src/rest.js";
import { refusal, refusedWith } from "./src/refusal.js";
import { Server } from "./src/server.js";
import { Stage } from "./src/stage.js";
import { until } from "./src/wait.js";

/** As {@link QUICK}, but with the limits. */
const LIMITED = { ...QUICK, LIMITS_ENABLED: true };

/** Has to be refused, with the time to wait said twice. */
function assertLimited(answer, withinMs) {
  assert.equal(answer.status, 429, JSON.stringify(answer.body));
  const { error } = answer.body;
  assertError(error, "rate_limited", "the answer");
  assert.ok(error.retryAfterMs > 0 && error.retryAfterMs <= withinMs, JSON.stringify(error));
  assert.equal(answer.headers["retry-after"], String(Math.ceil(error.retryAfterMs / 1000)));
}

/** A server of its own for each of these. */
function onServer(name, settings, body) {
  test(name, async () => {
    const server = await Server.start(settings);
    try {
      await body(new Rest(server), server);
    } finally {
      await server.stop();
    }
  });
}

describe("rates", () => {
  onServer("logins: 10 a minute for each account, right or wrong", LIMITED, async (rest) => {
    await rest.register("Ann");
    await rest.register("Bob");
    const login = (username, password, localAddress) =>
      rest.call("POST", "/api/auth/login", { json: { username, password }, localAddress });
    const start = performance.now();
    const spellings = ["Ann", "ann", "ANN", "Ａnn"];
    for (let n = 0; n < 10; n += 1) {
      const { status } = await login(spellings[n % spellings.length], n % 2 ? PASSWORD : "wrong password");
      assert.equal(status, n % 2 ? 200 : 401);
    }
    // One comes back every six seconds; all of the above takes far less, or the test says nothing.
    assert.ok(performance.now() - start < 6_000, "the machine is too slow for this test");
    assertLimited(await login("Ann", PASSWORD), 6_000);
    assertLimited(await login("ann", "wrong password", "127.0.0.2"), 6_000);
    assert.equal((await login("Bob", PASSWORD)).status, 200, "each account has its own");
  });

  onServer("logins: 60 a minute for each address", LIMITED, async (rest) => {
    const login = (n, localAddress) => {
      const json = { username: `nobody${n}`, password: PASSWORD };
      return rest.call("POST", "/api/auth/login", { json, localAddress });
    };
    const answers = await Promise.all(Array.from({ length: 70 }, (_, n) => login(n)));
    const count = (status) => answers.filter((answer) => answer.status === status).length;
    assert.equal(count(401) + count(429), 70);
    // One comes back every second.
    assert.ok(count(401) >= 60 && count(401) <= 65, `${count(401)} of 70`);
    for (const answer of answers) if (answer.status === 429) assertLimited(answer, 1_000);
    assert.equal((await login(99, "127.0.0.2")).status, 401, "each address has its own");
  });

  onServer("registrations and guests: 30 an hour for each address", LIMITED, async (rest) => {
    const enter = (n, localAddress) => {
      const json = { username: `name${n}`, password: PASSWORD };
      return rest.call("POST", `/api/auth/${n % 2 ? "register" : "guest"}`, { json, localAddress });
    };
    for (let n = 0; n < 30; n += 1) assert.equal((await enter(n)).status, 201);
    for (let n = 30; n < 32; n += 1) assertLimited(await enter(n), 120_000);
    assert.equal((await enter(32, "127.0.0.2")).status, 201, "each address has its own");
  });

  onServer("can be lifted together", QUICK, async (rest, server) => {
    await rest.register("Ann");
    for (let n = 0; n < 70; n += 1) await rest.login("Ann");
    for (let n = 0; n < 40; n += 1) await rest.guest(`guest${n}`);
    assert.ok(server.log.some((line) => line.includes("RATE LIMITS ARE OFF")));
  });
});

describe("sockets", () => {
  const stage = new Stage(undefined, "websocket");
  before(async () => {
    stage.server = await Server.start(LIMITED);
  });
  afterEach(() => stage.clear());
  after(() => stage.server?.stop());

  test("an account holds 20, and another one its own", async () => {
    const rest = new Rest(stage.server);
    const { token, user } = await rest.register("Ann");
    const { token: second } = await rest.login("Ann");
    const { token: other } = await rest.register("Bob");
    const tokens = [token, second];
    const join = (n) => stage.join({ auth: { token: tokens[n % 2] }, way: n % 5 ? "websocket" : "polling" });
    await Promise.all(Array.from({ length: 20 }, (_, n) => join(n)));
    for (const way of ["websocket", "polling"]) {
      await refusedWith("rate_limited", stage.server.url, { way, auth: { token } });
    }
    await stage.join({ auth: { token: other } });
    await stage.join();
    stage.peers[0].leave();
    await until("a place that is free", async () => {
      const left = await refusal(stage.server.url, { auth: { token } }).catch(() => "in");
      return left === "in";
    });
    assert.equal((await rest.me(token)).id, user.id, "nothing else is touched");
  });

  test("an account's messages have one rate, however many sockets it has", async () => {
    const rest = new Rest(stage.server);
    const { token } = await rest.register("Cleo");
    const sockets = await Promise.all(
      Array.from({ length: 4 }, () => stage.join({ auth: { token } })),
    );
    const start = performance.now();
    const sends = sockets.flatMap((socket) =>
      Array.from({ length: 20 }, () => socket.ask("send_message", "hi")),
    );
    const codes = (await Promise.all(sends)).map(({ error }) => error?.code);
    const limited = codes.filter((code) => code === "rate_limited").length;
    const back = Math.ceil(((performance.now() - start) / 1_000) * 10) + 1;
    assert.ok(limited <= 50 && limited >= 50 - back, `${limited} of 80 were refused: ${codes}`);
  });
});

describe("what must not be told", () => {
  const TRIES = 25;
  const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

  // With the cost of passwords as it is shipped: it is what hides the difference.
  onServer("an unknown name takes as long as a wrong password", { LIMITS_ENABLED: false }, async (rest) => {
    await rest.register("Ann");
    await rest.guest("Gus");
    const names = { known: "Ann", unknown: "Nobody", guest: "Gus" };
    const took = { known: [], unknown: [], guest: [] };
    for (let n = 0; n < TRIES; n += 1) {
      for (const [kind, username] of Object.entries(names)) {
        const start = performance.now();
        const json = { username, password: "wrong password" };
        await rest.refused("unauthenticated", "POST", "/api/auth/login", { json });
        took[kind].push(performance.now() - start);
      }
    }
    const known = median(took.known);
    assert.ok(known > 2, `a password costs ${known} ms only`);
    for (const kind of ["unknown", "guest"]) {
      const ratio = median(took[kind]) / known;
      assert.ok(ratio > 0.6 && ratio < 1.7, `${kind}: ${ratio} of the time`);
    }
  });

  test("no token, password or cookie is in the log, at any level", async () => {
    const secret = "a configured secret of 32 bytes!";
    const settings = { ...QUICK, LOG: "trace", JWT_SECRET: secret };
    const server = await Server.start(settings, { keptLogLines: 1_000_000 });
    const stage = new Stage(server, "websocket");
    const secrets = [secret, PASSWORD, "another password", "wrong password"];
    try {
      const rest = new Rest(server);
      const { token, user } = await rest.register("Ann");
      const { token: second } = await rest.login("Ann");
      const json = { username: "Ann", password: "wrong password" };
      await rest.refused("unauthenticated", "POST", "/api/auth/login", { json });
      const hosted = await Signer.secret(secret).sign({ sub: "hosted" });
      const expired = await Signer.secret(secret).sign({ sub: "hosted", exp: nowS() - 1 });
      await rest.me(hosted);
      await rest.refused("token_expired", "GET", "/api/auth/me", { token: expired });
      secrets.push(token, second, hosted, expired);
      for (const way of /** @type {const} */ (["websocket", "polling", "upgrade"])) {
        const peer = await stage.join({ way, auth: { token } });
        await peer.succeed("refresh_token", { token: second });
        await peer.refused("token_expired", "refresh_token", { token: expired });
        await stage.join({ way, extraHeaders: { authorization: `Bearer ${token}` } });
        const extraHeaders = { cookie: `parlour_token=${token}`, origin: server.url };
        await stage.join({ way, extraHeaders });
        await refusedWith("token_expired", server.url, { way, auth: { token: expired } });
      }
      const change = { current: PASSWORD, next: "another password" };
      const { token: third } = await rest.succeed(200, "POST", "/api/auth/password", { token, json: change });
      secrets.push(third);
      await rest.succeed(200, "POST", "/api/auth/logout", { token: third });
      await stage.clear();
      await server.stop();
      const log = server.log.join("\n");
      assert.ok(log.length > 1_000 && log.includes('"DEBUG"'), "it did log");
      const connected = server.log.filter((line) => line.includes("socket connected"));
      assert.ok(connected.some((line) => line.includes(`"${user.id}"`)), "the user is named");
      for (const each of secrets) {
        const at = log.indexOf(each);
        assert.equal(at, -1, `${each} in ${log.slice(Math.max(0, at - 300), at + 300)}`);
        // Of a token the signature alone would do, to whoever has seen the rest.
        const signature = each.split(".")[2];
        if (signature) assert.ok(!log.includes(signature), "a signature");
      }
    } finally {
      await server.stop();
    }
  });
});

/**
 * Tokens on sockets: who is let in as whom, and when a live socket's token ends.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";

import { nowS, Signer } from "./src/jose.js";
import { assertError, Peer, WAYS } from "./src/peer.js";
import { PASSWORD, QUICK, Rest } from "./src/rest.js";
import { refusedWith } from "./src/refusal.js";
import { Server } from "./src/server.js";
import { isSignedIn } from "./src/signed-in.js";
import { Stage } from "./src/stage.js";
import { until, within } from "./src/wait.js";

/** Given to the server and to whoever signs for it. */
const SECRET = "a secret of 32 bytes and a few more";
/** A socket whose token has ended is gone so soon, in milliseconds. */
const AT_MOST_MS = 1_000;
/** So long a token lasts that is to run out, in seconds: a slow machine has connected by then. */
const BRIEF_S = 5;
/** What two processes on a busy machine may disagree about, in milliseconds. */
const SLACK_MS = 250;
const ways = /** @type {(keyof typeof WAYS)[]} */ (Object.keys(WAYS));
const app = Signer.secret(SECRET);

/** @type {Server} */
let server;
/** @type {Rest} */
let rest;
const stage = new Stage(undefined, "websocket");
before(async () => {
  server = await Server.start({ ...QUICK, JWT_SECRET: SECRET });
  rest = new Rest(server);
  stage.server = server;
});
afterEach(() => stage.clear());
after(() => server?.stop());

const named = (name) => `${name}-${nowS()}-${Math.random().toString(36).slice(2, 8)}`;

/**
 * Waits until an upgrade is over. In the middle of one a client that has stopped polling is not told
 * why it is closed; it is when it comes again.
 */
async function settled(peer) {
  if (peer.way !== "upgrade") return;
  await until("the upgrade", () => peer.transport === "websocket");
  await peer.status();
}

/** Waits until the socket was told why and closed; resolves with when that was. */
async function assertEnded(peer, code) {
  const end = new Promise((resolve) => {
    peer.socket.once("disconnect", (reason) => resolve({ reason, at: Date.now() }));
  });
  const failure = await peer.next("chat_error");
  assert.equal(typeof failure.event, "string");
  assertError(failure.error, code, "the end");
  const { reason, at } = /** @type {{reason: string, at: number}} */ (await within("the end", end));
  assert.match(reason, /^transport (close|error)$/, "so that the client comes again by itself");
  return at;
}

describe("connecting", () => {
  for (const way of ways) {
    test(`with a token, over ${way}`, async () => {
      const { token } = await rest.register(named("in"));
      const byAuth = await stage.join({ way, auth: { token } });
      const byHeader = await stage.join({ way, extraHeaders: { authorization: `Bearer ${token}` } });
      const lower = await stage.join({ way, extraHeaders: { authorization: `bearer ${token}` } });
      for (const peer of [byAuth, byHeader, lower]) {
        assert.equal(await isSignedIn(peer), true);
        assert.match(peer.id, /^[\w-]{20}$/);
        assert.notEqual(peer.id, peer.socket.io.engine.id);
      }
    });

    test(`with a wrong, expired, void or empty one is refused, over ${way}`, async () => {
      const { token: gone } = await rest.guest(named("gone"));
      await rest.succeed(200, "POST", "/api/auth/logout", { token: gone });
      const expired = await app.sign({ sub: "ann", exp: nowS() - 1 });
      const cases = [
        ["unauthenticated", null],
        ["unauthenticated", ""],
        ["unauthenticated", "x"],
        ["unauthenticated", "a.b.c"],
        ["unauthenticated", 7],
        ["unauthenticated", {}],
        ["unauthenticated", gone],
        ["token_expired", expired],
      ];
      for (const [code, token] of cases) {
        await refusedWith(code, server.url, { way, auth: { token } });
      }
      const bearer = (token) => ({ way, extraHeaders: { authorization: `Bearer ${token}` } });
      await refusedWith("token_expired", server.url, bearer(expired));
      await refusedWith("unauthenticated", server.url, bearer(gone));
    });

    test(`without one is a stranger, for whom there is pair only, over ${way}`, async () => {
      const ann = await stage.join({ way });
      const bob = await stage.join({ way, auth: { other: 1 } });
      const events = [
        ["join_room", { roomId: "r" }],
        ["send_message", { roomId: "r", content: "hi", userId: "1" }],
        ["send_message", { conversationId: "conv_1_2", messageText: "hi" }],
        ["join_conversation", "conv_1_2"],
        ["mark_read", { conversationId: "conv_1_2" }],
        ["joinRoom", { roomId: "r" }],
        ["joinChannel", { channelId: "c" }],
        ["roomMessage", { roomId: "r", body: "hi" }],
        ["NEW_MESSAGE", { channelId: "c", body: "hi" }],
        ["sync", { cursors: {} }],
        ["refresh_token", { token: "x" }],
      ];
      for (const event of events) await ann.refused("unauthenticated", ...event);
      await ann.succeed("start_chat", "Ann");
      await bob.succeed("start_chat", "Bob");
      await bob.succeed("send_message", "hi");
      await ann.next("ack");
    });
  }

  test("the token in CONNECT counts before the one in the header", async () => {
    const ann = await rest.register(named("ann"));
    const bob = await rest.register(named("bob"));
    const extraHeaders = { authorization: `Bearer ${bob.token}` };
    const peer = await stage.join({ auth: { token: ann.token }, extraHeaders });
    await peer.succeed("refresh_token", { token: ann.token });
    await peer.refused("forbidden", "refresh_token", { token: bob.token });
    await refusedWith("unauthenticated", server.url, { auth: { token: null }, extraHeaders });
  });
});

describe("pair with an account", () => {
  test("never shows the account's own name, and never pairs it with itself", async () => {
    const name = named("Realname");
    const { token } = await rest.register(name, PASSWORD, { displayName: "Real Name" });
    const first = await stage.join({ auth: { token } });
    const second = await stage.join({ auth: { token } });
    const answer = await first.succeed("start_chat");
    assert.equal(answer.username, "Stranger");
    assert.equal((await second.succeed("start_chat")).status, "waiting");
    assert.equal((await first.status()).status, "waiting");
    const other = await stage.join();
    assert.equal((await other.succeed("start_chat")).status, "active");
    await until("a partner", async () => (await first.status()).status === "active");
    const heard = JSON.stringify([...first.log, ...second.log, ...other.log]);
    for (const real of [name, "Real Name"]) assert.ok(!heard.includes(real));
  });
});

describe("the end of a token on a live socket", () => {
  for (const way of ways) {
    test(`when it runs out, over ${way}`, async () => {
      const exp = nowS() + BRIEF_S;
      const token = await app.sign({ sub: named("brief"), exp });
      const lasting = await app.sign({ sub: named("lasting") });
      const stays = await stage.join({ way, auth: { token: lasting } });
      const peer = await stage.join({ way, auth: { token } });
      await settled(peer);
      const at = await assertEnded(peer, "token_expired");
      assert.ok(at >= exp * 1000, `${exp * 1000 - at} ms too soon`);
      assert.ok(at <= exp * 1000 + AT_MOST_MS + SLACK_MS, `${at - exp * 1000} ms late`);
      assert.equal(await isSignedIn(stays), true);
    });

    test(`when it is logged out, over ${way}`, async () => {
      const { token, user } = await rest.register(named("out"));
      const { token: other } = await rest.login(user.username);
      const stays = await stage.join({ way, auth: { token: other } });
      const peer = await stage.join({ way, auth: { token } });
      await settled(peer);
      const start = Date.now();
      await rest.succeed(200, "POST", "/api/auth/logout", { token });
      const at = await assertEnded(peer, "unauthenticated");
      assert.ok(at - start <= AT_MOST_MS, `after ${at - start} ms`);
      assert.equal(await isSignedIn(stays), true);
    });
  }

  test("when the password is changed: all sockets of the account, and nobody else's", async () => {
    const { token, user } = await rest.register(named("pw"));
    const { token: second } = await rest.login(user.username);
    const { token: foreign } = await rest.register(named("foreign"));
    const gone = [
      await stage.join({ auth: { token } }),
      await stage.join({ auth: { token: second }, way: "polling" }),
    ];
    const stays = await stage.join({ auth: { token: foreign } });
    const start = Date.now();
    const json = { current: PASSWORD, next: "another password" };
    await rest.succeed(200, "POST", "/api/auth/password", { token, json });
    const ends = await Promise.all(gone.map((peer) => assertEnded(peer, "unauthenticated")));
    for (const at of ends) assert.ok(at - start <= AT_MOST_MS, `after ${at - start} ms`);
    assert.equal(await isSignedIn(stays), true);
  });

  test("a client that gets a fresh token comes back by itself", async () => {
    const sub = named("again");
    const tokens = [await app.sign({ sub, exp: nowS() + BRIEF_S }), await app.sign({ sub })];
    let asked = 0;
    const auth = (give) => give({ token: tokens[Math.min(asked++, 1)] });
    const peer = new Peer(server.url, { auth, reconnection: true, reconnectionDelay: 50 });
    stage.peers.push(peer);
    await peer.connected();
    const first = peer.socket.id;
    const back = new Promise((resolve) => peer.socket.once("connect", () => resolve(undefined)));
    await assertEnded(peer, "token_expired");
    await within("the client's return", back);
    assert.notEqual(peer.socket.id, first);
    await peer.succeed("refresh_token", { token: tokens[1] });
  });
});

describe("refresh_token", () => {
  for (const way of ways) {
    test(`extends a live socket, over ${way}`, async () => {
      const sub = named("longer");
      const exp = nowS() + BRIEF_S;
      const later = exp + 600;
      const peer = await stage.join({ way, auth: { token: await app.sign({ sub, exp }) } });
      const answer = await peer.ask("refresh_token", { token: await app.sign({ sub, exp: later }) });
      assert.deepEqual(answer, { success: true, expiresAt: new Date(later * 1000).toISOString() });
      await until("the first token's end", () => Date.now() > exp * 1000 + AT_MOST_MS + SLACK_MS);
      assert.equal(await isSignedIn(peer), true);
      assert.equal(peer.socket.connected, true);
      assert.deepEqual(peer.log.filter(({ name }) => name === "chat_error"), []);
    });
  }

  test("takes the bare token as well", async () => {
    const { token, user } = await rest.register(named("bare"));
    const { token: next } = await rest.login(user.username);
    const peer = await stage.join({ auth: { token } });
    const { expiresAt } = await peer.succeed("refresh_token", next);
    assert.match(expiresAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    // The socket lives by the new token now.
    await rest.succeed(200, "POST", "/api/auth/logout", { token });
    assert.equal(await isSignedIn(peer), true);
    await rest.succeed(200, "POST", "/api/auth/logout", { token: next });
    await assertEndedSoon(peer);
  });

  test("of another user is forbidden, and a bad one has its code; the socket goes on", async () => {
    const { token } = await rest.register(named("mine"));
    const { token: other } = await rest.register(named("theirs"));
    const peer = await stage.join({ auth: { token } });
    await peer.refused("forbidden", "refresh_token", { token: other });
    const expired = await app.sign({ sub: "x", exp: nowS() - 1 });
    await peer.refused("token_expired", "refresh_token", { token: expired });
    for (const bad of ["x", "", "a.b.c"]) {
      await peer.refused("unauthenticated", "refresh_token", { token: bad });
    }
    for (const bad of [undefined, null, {}, { token: null }, { token: 7 }, []]) {
      await peer.refused("invalid_payload", "refresh_token", bad);
    }
    await rest.succeed(200, "POST", "/api/auth/logout", { token: other });
    await peer.refused("unauthenticated", "refresh_token", { token: other });
    assert.equal(await isSignedIn(peer), true);
  });
});

/** As {@link assertEnded}, whatever answers are unread. */
async function assertEndedSoon(peer) {
  await until("the end", () => !peer.socket.connected);
  const failure = peer.log.find(({ name }) => name === "chat_error");
  assertError(failure?.payload.error, "unauthenticated", "the end");
}

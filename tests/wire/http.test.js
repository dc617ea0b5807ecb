/**
 * What is on the port beside the sockets, the numbers, and the end.
 */
import assert from "node:assert/strict";
import net from "node:net";
import { performance } from "node:perf_hooks";
import { after, before, describe, test } from "node:test";
import { URL } from "node:url";

import { request } from "./src/http.js";
import { Peer, WAYS } from "./src/peer.js";
import { Server } from "./src/server.js";
import { within } from "./src/wait.js";

const BURST = 500;
/** The server ends within this time, in milliseconds. */
const STOP_MS = 10_000;

describe("the port", () => {
  /** @type {Server} */
  let server;
  before(async () => {
    server = await Server.start();
  });
  after(() => server?.stop());
  const get = (path, options) => request(`${server.url}${path}`, options);

  test("health and readiness", async () => {
    const health = await get("/healthz");
    assert.equal(health.status, 200);
    assert.deepEqual(JSON.parse(health.body), { status: "ok" });
    const ready = await get("/readyz");
    assert.equal(ready.status, 200);
    assert.equal(JSON.parse(ready.body).status, "ready");
  });

  const engine = "/socket.io/?EIO=4&transport=polling";
  /** Ends a session that was opened only to see the answer, and takes its last word. */
  const hangUp = async (open) => {
    const session = `${engine}&sid=${JSON.parse(open.slice(1)).sid}`;
    await get(session, { method: "POST", body: "1" });
    await get(session);
  };
  const answers = [
    ["/", 200],
    ["/healthz", 200],
    ["/readyz", 200],
    ["/api/nothing", 404],
    ["/nothing.js", 404],
    [engine, 200],
    ["/socket.io/?EIO=3&transport=polling", 400],
    ["/socket.io/?EIO=4&transport=polling&sid=unknown", 400],
    ["/socket.io/?EIO=4&transport=pigeon", 400],
  ];
  test("security headers are on every answer", async () => {
    for (const [path, status] of answers) {
      const { status: given, headers, body } = await get(path);
      assert.equal(given, status, path);
      if (path === engine) await hangUp(body);
      assert.match(headers["content-security-policy"], /default-src 'none'/, path);
      assert.doesNotMatch(headers["content-security-policy"], /unsafe|\*/, path);
      assert.match(headers["content-security-policy"], /frame-ancestors 'none'/, path);
      assert.equal(headers["x-content-type-options"], "nosniff", path);
      assert.equal(headers["referrer-policy"], "same-origin", path);
      assert.equal(headers["x-frame-options"], "DENY", path);
      assert.equal(headers["cross-origin-opener-policy"], "same-origin", path);
      const foreign = path.startsWith("/socket.io/") ? "cross-origin" : "same-origin";
      assert.equal(headers["cross-origin-resource-policy"], foreign, path);
      assert.ok(headers["permissions-policy"], path);
    }
  });

  test("a page of another origin may connect", async () => {
    const origin = "https://elsewhere.example";
    const { headers, body } = await get(engine, { headers: { origin } });
    await hangUp(body);
    assert.equal(headers["access-control-allow-origin"], origin);
    assert.equal(headers["access-control-allow-credentials"], "true");
    const asked = {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization,content-type",
    };
    const preflight = await get(engine, { method: "OPTIONS", headers: asked });
    assert.ok([200, 204].includes(preflight.status));
    assert.match(preflight.headers["access-control-allow-headers"], /authorization/i);
    assert.match(preflight.headers["access-control-allow-methods"], /POST/);
  });

  test("the API answers in its own shape", async () => {
    const { status, body } = await get("/api/nothing");
    assert.equal(status, 404);
    assert.equal(JSON.parse(body).error.code, "not_found");
  });

  test("the numbers are not on the public port", async () => {
    const { body } = await get("/metrics");
    assert.doesNotMatch(body, /parlour_connections /);
  });
});

test("the numbers follow what happens", async () => {
  const server = await Server.start();
  const ann = await Peer.connect(server.url);
  const bob = await Peer.connect(server.url, { way: "polling" });
  await ann.succeed("start_chat");
  await bob.succeed("start_chat");
  await bob.succeed("send_message", "hi");
  await bob.ask("dance");
  const metrics = await server.metrics();
  const expected = {
    parlour_sockets: 2,
    'parlour_sessions{transport="polling"}': 1,
    'parlour_sessions{transport="websocket"}': 1,
    'parlour_pair_rooms{status="active"}': 1,
    'parlour_pair_rooms{status="waiting"}': 0,
    parlour_pair_seats: 2,
    'parlour_events_total{event="start_chat",outcome="ok"}': 2,
    'parlour_events_total{event="send_message",outcome="ok"}': 1,
    'parlour_events_total{event="unknown",outcome="invalid_payload"}': 1,
  };
  const shown = Object.fromEntries(Object.keys(expected).map((name) => [name, metrics[name]]));
  assert.deepEqual(shown, expected);
  ann.leave();
  bob.leave();
  await server.empty();
  await server.stop();
});

test("no text, alias or session id is in the log", async () => {
  const server = await Server.start({ LOG: "info" });
  const ann = await Peer.connect(server.url);
  const { id: sid } = ann.socket.io.engine;
  await ann.succeed("start_chat", "Zaphod");
  await ann.succeed("send_message", "a secret");
  ann.leave();
  await server.empty();
  await server.stop();
  const log = server.log.join("\n");
  assert.match(log, /socket connected/);
  assert.match(log, /socket gone/);
  assert.ok(log.includes(ann.id));
  for (const secret of ["Zaphod", "a secret", sid]) assert.ok(!log.includes(secret), secret);
});

test(`${BURST} clients that come at once find a place to wait`, async () => {
  const server = await Server.start();
  const { hostname, port } = new URL(server.url);
  const sockets = [];
  const connect = () =>
    new Promise((resolve, reject) => {
      const socket = net.connect({ host: hostname, port: Number(port) }, resolve);
      socket.on("error", reject);
      sockets.push(socket);
    });
  // Nobody is accepted now: each waits in the kernel, or tries again until there is a place.
  server.kill("SIGSTOP");
  try {
    await within("the connections", Promise.all(Array.from({ length: BURST }, connect)));
  } finally {
    server.kill("SIGCONT");
    for (const socket of sockets) socket.destroy();
  }
  await server.empty();
  await server.stop();
});

for (const way of Object.keys(WAYS)) {
  test(`SIGTERM tells a client over ${way}, and ends well`, async () => {
    const server = await Server.start();
    const ann = await Peer.connect(server.url, { way });
    await ann.succeed("start_chat");
    const end = ann.ended();
    const start = performance.now();
    server.kill("SIGTERM");
    assert.match(await end, /^transport (close|error)$/);
    ann.leave();
    assert.equal(await server.exited(), 0);
    assert.ok(performance.now() - start < STOP_MS);
    server.destroy();
  });
}

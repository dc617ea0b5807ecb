/**
 * The server as its operator sees it: what it keeps, and what it refuses to start with.
 */
import assert from "node:assert/strict";
import { chmodSync, existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { request } from "./src/http.js";
import { Peer } from "./src/peer.js";
import { QUICK, Rest } from "./src/rest.js";
import { Server } from "./src/server.js";
import { isSignedIn } from "./src/signed-in.js";
import { until } from "./src/wait.js";

const mode = (path) => statSync(path).mode & 0o777;

test("accounts, tokens and what was revoked outlive the process", async () => {
  const first = await Server.start(QUICK);
  let rest = new Rest(first);
  const { token, user } = await rest.register("Ann");
  const { token: void_ } = await rest.login("Ann");
  await rest.succeed(200, "POST", "/api/auth/logout", { token: void_ });
  const data = join(first.directory, "parlour-data");
  assert.equal(mode(data), 0o700);
  const secret = join(data, "jwt-secret");
  assert.equal(mode(secret), 0o600);
  assert.ok(existsSync(join(data, "parlour.db")));
  await first.end();

  const kept = readFileSync(secret, "utf8");
  chmodSync(secret, 0o644);
  const second = await Server.start(QUICK, { directory: first.directory });
  rest = new Rest(second);
  assert.deepEqual(await rest.me(token), user);
  assert.deepEqual((await rest.login("Ann")).user, user);
  await rest.refused("unauthenticated", "GET", "/api/auth/me", { token: void_ });
  const peer = await Peer.connect(second.url, { auth: { token } });
  assert.equal(await isSignedIn(peer), true);
  peer.leave();
  assert.equal(readFileSync(secret, "utf8"), kept);
  assert.equal(mode(secret), 0o600, "a mode that is too open is corrected");
  await until("a warning about it", () =>
    second.log.some((line) => line.includes("WARN") && line.includes("open to other users")),
  );
  await second.stop();
});

test("what was answered outlives a kill", async () => {
  const first = await Server.start(QUICK);
  const { token, user } = await new Rest(first).register("Ann");
  first.kill("SIGKILL");
  assert.equal(await first.exited(), "SIGKILL");
  const second = await Server.start(QUICK, { directory: first.directory });
  assert.deepEqual(await new Rest(second).me(token), user);
  Server.running.delete(first);
  await second.stop();
});

test("two servers in one data directory: the second one is refused, and says why", async () => {
  const first = await Server.start(QUICK);
  const second = Server.start(QUICK, { directory: first.directory });
  await assert.rejects(second, /did not start \(1\)[^]*another server \(process \d+\) uses the data/);
  await new Rest(first).register("Ann");
  await first.stop();
});

test("/readyz says what answers", async () => {
  const server = await Server.start(QUICK);
  const { status, body } = await request(`${server.url}/readyz`);
  assert.equal(status, 200);
  const { status: word, checks } = JSON.parse(body);
  assert.equal(word, "ready");
  assert.equal(checks.store, "ok");
  await server.stop();
});

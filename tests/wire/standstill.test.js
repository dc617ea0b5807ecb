/**
 * The server's process stands still for a while (a suspended machine, a debugger): what clients
 * sent meanwhile is unread, and no client is taken for silent because of that.
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import net from "node:net";
import { performance } from "node:perf_hooks";
import process from "node:process";
import { after, before, test } from "node:test";
import { URL } from "node:url";

import { Server } from "./src/server.js";
import { until } from "./src/wait.js";

const CONNECT_TIMEOUT_MS = 1_000;
/** Long enough that the server knows: more than its own measure of two seconds and a tick. */
const STANDSTILL_MS = 2_600;
const CLIENTS = 10;

const UPGRADE = [
  "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1",
  "Host: here",
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "\r\n",
].join("\r\n");
/** `40`, in a frame whose mask is zero. */
const CONNECT = Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x34, 0x30]);

/** @type {Server} */
let server;
before(async () => {
  server = await Server.start({ CONNECT_TIMEOUT_MS });
});
after(() => server?.stop());

test("a connect that was sent during a standstill is let in", async () => {
  const { port } = new URL(server.url);
  const clients = Array.from({ length: CLIENTS }, () => {
    const socket = net.connect(Number(port), "127.0.0.1");
    const client = { socket, heard: "", isClosed: false };
    socket.on("data", (bytes) => (client.heard += bytes.toString("latin1")));
    socket.on("close", () => (client.isClosed = true));
    socket.on("error", () => (client.isClosed = true));
    socket.write(UPGRADE);
    return client;
  });
  const all = (check) => () => clients.every(check);
  await until("every session is open", all(({ heard }) => heard.includes('0{"sid"')));

  process.kill(server.pid, "SIGSTOP");
  const stopped = performance.now();
  for (const { socket } of clients) socket.write(CONNECT);
  await until("the standstill is long", () => performance.now() - stopped > STANDSTILL_MS);
  process.kill(server.pid, "SIGCONT");

  await until("each is let in or closed", all(({ heard, isClosed }) => isClosed || heard.includes('40{"sid"')));
  assert.deepEqual(clients.filter(({ isClosed }) => isClosed), []);
  for (const { socket } of clients) socket.destroy();
  await server.empty();
});

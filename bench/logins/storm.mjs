/**
 * The logins, on a thread of their own with a low priority: on the generator's core they stand back
 * for it, so that what it measures is the server's delay and not theirs.
 */
import http from "node:http";
import os from "node:os";
import { performance } from "node:perf_hooks";
import { clearInterval, setInterval } from "node:timers";
import { parentPort, workerData } from "node:worker_threads";

const { host, port, perSecond, accounts, password } = workerData;
/** Logins are sent in portions, so often. */
const PORTION_MS = 50;
/** As many as wait in the server and are worked on there, and some that are under way. */
const SOCKETS = 400;

// Of this thread alone (Linux: setpriority(2)).
os.setPriority(19);

const agent = new http.Agent({ keepAlive: true, maxSockets: SOCKETS });
/** How many answers had which status, 0 for none. @type {Record<string, number>} */
const answers = {};
/** How long those that succeeded took, in milliseconds. @type {number[]} */
const tookMs = [];
/** @type {Set<Promise<void>>} */
const open = new Set();
const start = performance.now();
let sent = 0;

function status(username) {
  return new Promise((resolve) => {
    const headers = { "content-type": "application/json" };
    const options = { host, port, path: "/api/auth/login", method: "POST", headers, agent };
    const request = http.request(options, (response) => {
      response.resume().on("end", () => resolve(response.statusCode ?? 0));
    });
    request.on("error", () => resolve(0)).end(JSON.stringify({ username, password }));
  });
}

async function login(n) {
  const before = performance.now();
  const answer = await status(`account${n % accounts}`);
  answers[answer] = (answers[answer] ?? 0) + 1;
  if (answer === 200) tookMs.push(performance.now() - before);
}

const timer = setInterval(() => {
  const due = Math.floor(((performance.now() - start) / 1_000) * perSecond);
  for (; sent < due; sent += 1) {
    const one = login(sent).finally(() => open.delete(one));
    open.add(one);
  }
}, PORTION_MS);

// Told to stop, it waits until all are answered, and says how they were.
parentPort.once("message", async () => {
  clearInterval(timer);
  await Promise.all(open);
  agent.destroy();
  parentPort.postMessage({ answers, tookMs });
});

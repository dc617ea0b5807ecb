/**
 * The logins, in a process of their own: `storm.mjs OPTIONS`, which are JSON. It ends when it is sent
 * a message, and answers how they were.
 */
import http from "node:http";
import { performance } from "node:perf_hooks";
import process from "node:process";
import { clearInterval, setInterval } from "node:timers";

const { host, port, perSecond, accounts, password } = JSON.parse(process.argv[2]);
/** Logins are sent in portions, so often. */
const PORTION_MS = 50;
/** As many as wait in the server and are worked on there, and some that are under way. */
const SOCKETS = 400;

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

// Told to stop, it waits until all are answered.
process.once("message", async () => {
  clearInterval(timer);
  await Promise.all(open);
  agent.destroy();
  process.send({ answers, tookMs });
});

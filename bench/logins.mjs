/**
 * A storm of logins while strangers talk: how much later do their messages arrive?
 *
 *     node bench/logins.mjs        (or: make bench)
 *
 * It starts `target/release/parlour` (or PARLOUR_BIN) on one core, and on the other
 * `parlour-loadtest pairs` and the logins: in turn without and with them, LOGINS_ROUNDS times. The
 * cost of a password is the one that is shipped; rates are off, since one address does it all.
 * LOGINS_SECONDS and LOGINS_PER_SECOND change how much is done. It fails if the ratio of the p99s
 * is over the aim. What it finds is written into bench/RESULTS.md.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import process from "node:process";
import { clearInterval, setInterval } from "node:timers";

import { cores, description, Others, pinned } from "./compare/machine.mjs";
import { writeSection } from "./results.mjs";
import { Target } from "./target.mjs";

const ROUNDS = Number(process.env.LOGINS_ROUNDS ?? 3);
const SECONDS = Number(process.env.LOGINS_SECONDS ?? 10);
const PER_SECOND = Number(process.env.LOGINS_PER_SECOND ?? 200);
/** What the p99 with logins may be of the one without. */
const AIM = 1.5;
const PAIRS = { connections: 400, rate: 10, settle: 0, warmup: 2, seconds: SECONDS, drain: 2 };
const ACCOUNTS = 20;
const PASSWORD = "correct horse battery";
/** Logins are sent in portions, so often. */
const PORTION_MS = 50;
/** As many as wait in the server and are worked on there, and some that are under way. */
const SOCKETS = 400;
const GENERATOR = join(import.meta.dirname, "../target/release/parlour-loadtest");

const agent = new http.Agent({ keepAlive: true, maxSockets: SOCKETS });

/** The status of the answer; 0 if there was none. */
function post({ host, port }, path, json) {
  return new Promise((resolve) => {
    const headers = { "content-type": "application/json" };
    const options = { host, port, path, method: "POST", headers, agent };
    const request = http.request(options, (response) => {
      response.resume().on("end", () => resolve(response.statusCode ?? 0));
    });
    request.on("error", () => resolve(0)).end(JSON.stringify(json));
  });
}

/** Signs in at a steady rate until it is stopped. */
class Storm {
  /** How many answers had which status. @type {Record<string, number>} */
  answers = {};
  /** How long those that succeeded took, in milliseconds. @type {number[]} */
  tookMs = [];
  #sent = 0;
  #start = performance.now();
  /** @type {Set<Promise<void>>} */
  #open = new Set();

  constructor(target) {
    this.timer = setInterval(() => {
      const due = Math.floor(((performance.now() - this.#start) / 1_000) * PER_SECOND);
      for (; this.#sent < due; this.#sent += 1) {
        const login = this.#login(target, this.#sent).finally(() => this.#open.delete(login));
        this.#open.add(login);
      }
    }, PORTION_MS);
  }

  async #login(target, n) {
    const start = performance.now();
    const json = { username: `account${n % ACCOUNTS}`, password: PASSWORD };
    const status = await post(target, "/api/auth/login", json);
    this.answers[status] = (this.answers[status] ?? 0) + 1;
    if (status === 200) this.tookMs.push(performance.now() - start);
  }

  /** No more of them; resolves when all are answered. */
  async stop() {
    clearInterval(this.timer);
    await Promise.all(this.#open);
  }
}

/** The generator's report. */
async function talk(target, core, directory) {
  const file = join(directory, "report.json");
  rmSync(file, { force: true });
  const url = `http://${target.host}:${target.port}`;
  const options = Object.entries({ ...PAIRS, url, pid: target.pid, json: file });
  const args = ["pairs", ...options.flatMap(([name, value]) => [`--${name}`, String(value)])];
  const [command, ...rest] = pinned(core, [GENERATOR, ...args]);
  const child = spawn(command, rest, { stdio: ["ignore", "ignore", "inherit"] });
  const code = await new Promise((resolve) => child.once("exit", resolve));
  if (code !== 0) throw new Error(`the generator ended with ${code}`);
  return JSON.parse(readFileSync(file, "utf8"));
}

/** One run on a server of its own. */
async function measure(withLogins, { server, generator }, directory) {
  const others = new Others();
  const wrap = (command) => pinned(server, command);
  const target = await Target.start({ LIMITS_ENABLED: false, LOG: "error" }, wrap);
  for (let n = 0; n < ACCOUNTS; n += 1) {
    const json = { username: `account${n}`, password: PASSWORD };
    const status = await post(target, "/api/auth/register", json);
    if (status !== 201) throw new Error(`an account could not be made: ${status}`);
  }
  const storm = withLogins ? new Storm(target) : undefined;
  const { messages, warnings } = await talk(target, generator, directory);
  await storm?.stop();
  await target.stop();
  const { p50, p99 } = messages.latency_ms;
  const missing = messages.deliveries_missing;
  return { p50, p99, missing, warnings, others: others.cores(), storm };
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const shown = (values) =>
  `${median(values).toFixed(2)} ms (${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)})`;

if (!existsSync(GENERATOR)) {
  throw new Error(`there is no ${GENERATOR}: \`cargo build --release -p loadtest\` makes it`);
}
const machine = cores();
const directory = mkdtempSync(join(tmpdir(), "parlour-logins-"));
const runs = { without: [], with: [] };
try {
  for (let round = 0; round < ROUNDS; round += 1) {
    runs.without.push(await measure(false, machine, directory));
    runs.with.push(await measure(true, machine, directory));
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}

const p99 = (kind) => runs[kind].map((run) => run.p99);
const ratio = median(p99("with")) / median(p99("without"));
const all = [...runs.without, ...runs.with];
const count = (status) => runs.with.map(({ storm }) => storm.answers[status] ?? 0);
const answers = [...new Set(runs.with.flatMap(({ storm }) => Object.keys(storm.answers)))].sort();
const row = (name, kind) => {
  const { [kind]: of } = runs;
  const missing = of.reduce((sum, run) => sum + run.missing, 0);
  return `| ${name} | ${shown(of.map((run) => run.p50))} | ${shown(p99(kind))} | ${missing} |`;
};
const { cores: count_, model, kernel } = description();
const lines = [
  "## A storm of logins",
  "",
  `Made by \`node bench/logins.mjs\` on ${new Date().toISOString().slice(0, 10)}: ${count_} cores ` +
    `(${model}), Linux ${kernel}; the server on one core, the generator on the other; ` +
    `${PAIRS.connections / 2} pairs, ${PAIRS.rate} messages/s each, ${ROUNDS} rounds of ${SECONDS} s.`,
  "",
  "| | message p50 | message p99 | missing |",
  "| --- | --- | --- | --- |",
  row("nobody signs in", "without"),
  row(`${PER_SECOND} logins a second`, "with"),
  "",
  `- The p99 with logins is ${ratio.toFixed(2)} of the one without (the aim: ${AIM} at most).`,
  `- Answers to the logins, the median of the rounds: ${answers.map((status) => `${median(count(status))} of ${status}`).join(", ")}. ` +
    "What the pool of passwords cannot take is answered 503 with the time to wait.",
  `- A login that succeeded took ${shown(runs.with.map(({ storm }) => median(storm.tookMs)))}, the median.`,
  `- Others used ${Math.max(...all.map((run) => run.others)).toFixed(2)} of a core at most.`,
  ...[...new Set(all.flatMap(({ warnings }) => warnings))].map((text) => `- The generator: ${text}`),
];
writeSection("logins", lines.join("\n"));
process.stdout.write(`${lines.join("\n")}\n`);
agent.destroy();
process.exitCode = ratio <= AIM ? 0 : 1;

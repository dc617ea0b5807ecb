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
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import process from "node:process";

import { median } from "./compare/figures.mjs";
import { cores, description, Others, pinned } from "./compare/machine.mjs";
import { generate, needsGenerator, spreadMs } from "./generator.mjs";
import { writeSection } from "./results.mjs";
import { Target } from "./target.mjs";

/* global fetch */

const ROUNDS = Number(process.env.LOGINS_ROUNDS ?? 3);
const SECONDS = Number(process.env.LOGINS_SECONDS ?? 10);
const PER_SECOND = Number(process.env.LOGINS_PER_SECOND ?? 200);
/** What the p99 with logins may be of the one without. */
const AIM = 1.5;
const PAIRS = { connections: 400, rate: 10, settle: 0, warmup: 2, seconds: SECONDS, drain: 2 };
const ACCOUNTS = 20;
const PASSWORD = "correct horse battery";

async function register({ host, port }, username) {
  const response = await fetch(`http://${host}:${port}/api/auth/register`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username, password: PASSWORD }),
  });
  if (!response.ok) throw new Error(`an account could not be made: ${response.status}`);
}

/** Signs in at a steady rate until it is stopped. */
class Storm {
  constructor({ host, port }) {
    const options = { host, port, perSecond: PER_SECOND, accounts: ACCOUNTS, password: PASSWORD };
    const script = join(import.meta.dirname, "logins/storm.mjs");
    // On the generator's core they stand back for it (`SCHED_IDLE`), so that what it measures is the
    // server's delay and not theirs.
    const args = ["--idle", "0", process.execPath, script, JSON.stringify(options)];
    this.child = spawn("chrt", args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  }

  /** No more of them; resolves when all are answered: how, and in what time. */
  async stop() {
    this.child.send("stop");
    const [outcome] = await once(this.child, "message");
    return outcome;
  }
}

/** One run on a server of its own. */
async function measure(withLogins, { server, generator }) {
  const others = new Others();
  const wrap = (command) => pinned(server, command);
  const target = await Target.start({ LIMITS_ENABLED: false, LOG: "error" }, wrap);
  for (let n = 0; n < ACCOUNTS; n += 1) {
    await register(target, `account${n}`);
  }
  const running = withLogins ? new Storm(target) : undefined;
  const { messages, warnings } = await generate(target, generator, ["pairs"], PAIRS);
  const storm = await running?.stop();
  await target.stop();
  const { p50, p99 } = messages.latency_ms;
  const missing = messages.deliveries_missing;
  return { p50, p99, missing, warnings, others: others.cores(), storm };
}

needsGenerator();
const machine = cores();
// The logins come from the generator's side of the machine.
execFileSync("taskset", ["-acp", String(machine.generator), String(process.pid)]);
const runs = { without: [], with: [] };
for (let round = 0; round < ROUNDS; round += 1) {
  runs.without.push(await measure(false, machine));
  runs.with.push(await measure(true, machine));
}

const p99 = (kind) => runs[kind].map((run) => run.p99);
const ratio = median(p99("with")) / median(p99("without"));
const all = [...runs.without, ...runs.with];
const count = (status) => runs.with.map(({ storm }) => storm.answers[status] ?? 0);
const answers = [...new Set(runs.with.flatMap(({ storm }) => Object.keys(storm.answers)))].sort();
const row = (name, kind) => {
  const { [kind]: of } = runs;
  const missing = of.reduce((sum, run) => sum + run.missing, 0);
  return `| ${name} | ${spreadMs(of.map((run) => run.p50))} | ${spreadMs(p99(kind))} | ${missing} |`;
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
  `- A login that succeeded took ${spreadMs(runs.with.map(({ storm }) => median(storm.tookMs)))}, the median.`,
  `- Others used ${Math.max(...all.map((run) => run.others)).toFixed(2)} of a core at most.`,
  ...[...new Set(all.flatMap(({ warnings }) => warnings))].map((text) => `- The generator: ${text}`),
];
writeSection("logins", lines.join("\n"));
process.stdout.write(`${lines.join("\n")}\n`);
process.exitCode = ratio <= AIM ? 0 : 1;

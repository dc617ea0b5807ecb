/**
 * Very many people come while others talk: is everybody told whom it concerns, nobody else, and how
 * much later do the others' messages arrive?
 *
 *     node bench/presence.mjs      (or: make bench)
 *
 * It starts `target/release/parlour` (or PARLOUR_BIN) on one core, and `parlour-loadtest direct` on
 * the other: in turn with a crowd that stays away and one that comes, PRESENCE_ROUNDS times.
 * PRESENCE_PEOPLE, PRESENCE_FRIENDS, PRESENCE_SECONDS and PRESENCE_RATE change how much is done. It
 * fails unless each event is told just as the contract says, and if the ratio of the p99s is over the
 * aim. What it finds is written into bench/RESULTS.md.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

import { cores, description, Others, pinned } from "./compare/machine.mjs";
import { writeSection } from "./results.mjs";
import { Target } from "./target.mjs";

const ROUNDS = Number(process.env.PRESENCE_ROUNDS ?? 3);
const PEOPLE = Number(process.env.PRESENCE_PEOPLE ?? 5_000);
const FRIENDS = Number(process.env.PRESENCE_FRIENDS ?? 20);
const SECONDS = Number(process.env.PRESENCE_SECONDS ?? 60);
const RATE = Number(process.env.PRESENCE_RATE ?? 1_000);
/** What the p99 while they come may be of the one without. */
const AIM = 1.5;
const SECRET = "a secret for the bench, of more than thirty-two bytes";
const GENERATOR = join(import.meta.dirname, "../target/release/parlour-loadtest");
const TALK = {
  "jwt-secret": SECRET,
  connections: 400,
  rate: RATE,
  settle: 0,
  warmup: 3,
  seconds: SECONDS,
  drain: 5,
  crowd: PEOPLE,
  friends: FRIENDS,
};

/** The generator's report, from a server of its own. */
async function measure(isAway, { server, generator }, directory) {
  const others = new Others();
  const settings = { LIMITS_ENABLED: false, LOG: "error", JWT_SECRET: SECRET };
  const target = await Target.start(settings, (command) => pinned(server, command));
  const file = join(directory, "report.json");
  rmSync(file, { force: true });
  const url = `http://${target.host}:${target.port}`;
  const options = Object.entries({ ...TALK, url, pid: target.pid, json: file });
  const args = options.flatMap(([name, value]) => [`--${name}`, String(value)]);
  const words = ["direct", "--acks", ...(isAway ? ["--crowd-away"] : []), ...args];
  const [command, ...rest] = pinned(generator, [GENERATOR, ...words]);
  const child = spawn(command, rest, { stdio: ["ignore", "ignore", "inherit"] });
  const code = await new Promise((resolve) => child.once("exit", resolve));
  await target.stop();
  if (code !== 0) throw new Error(`the generator ended with ${code}`);
  const { messages, crowd, server: used, warnings } = JSON.parse(readFileSync(file, "utf8"));
  const { p50, p99 } = messages.latency_ms;
  const missing = messages.deliveries_missing;
  return { p50, p99, missing, crowd, cpu: used.cpu, warnings, others: others.cores() };
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const shown = (values) =>
  `${median(values).toFixed(2)} ms (${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)})`;

if (!existsSync(GENERATOR)) {
  throw new Error(`there is no ${GENERATOR}: \`cargo build --release -p loadtest\` makes it`);
}
const machine = cores();
const directory = mkdtempSync(join(tmpdir(), "parlour-presence-"));
const runs = { away: [], coming: [] };
try {
  for (let round = 0; round < ROUNDS; round += 1) {
    runs.away.push(await measure(true, machine, directory));
    runs.coming.push(await measure(false, machine, directory));
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}

const of = (kind, name) => runs[kind].map((run) => run[name]);
const ratio = median(of("coming", "p99")) / median(of("away", "p99"));
const all = [...runs.away, ...runs.coming];
const sum = (values) => values.reduce((total, value) => total + value, 0);
const row = (name, kind) =>
  `| ${name} | ${shown(of(kind, "p50"))} | ${shown(of(kind, "p99"))} | ${sum(of(kind, "missing"))} | ` +
  `${median(of(kind, "cpu")).toFixed(2)} |`;
const crowds = of("coming", "crowd");
const told = (name) => {
  const total = (field) => sum(crowds.map((crowd) => crowd[name][field]));
  return (
    `- \`user_${name}\`: ${crowds[0][name].expected} had to come in a round; in all rounds ` +
    `${total("received")} of ${total("expected")} came, ${total("missing")} were missing, ` +
    `${total("surplus")} came beyond.`
  );
};
const isExact = crowds.every((crowd) =>
  [crowd.online, crowd.offline].every(({ missing, surplus }) => missing === 0 && surplus === 0),
);
const cameAll = crowds.every((crowd) => crowd.came === crowd.people);
const { cores: count, model, kernel } = description();
const lines = [
  "## Very many who come",
  "",
  `Made by \`node bench/presence.mjs\` on ${new Date().toISOString().slice(0, 10)}: ${count} cores ` +
    `(${model}), Linux ${kernel}; the server on one core, the generator on the other; ` +
    `${TALK.connections / 2} direct conversations of others, ${RATE} messages/s in all, ` +
    `${ROUNDS} rounds of ${SECONDS} s.`,
  "",
  "| | message p50 | message p99 | missing | cores of the server |",
  "| --- | --- | --- | --- | --- |",
  row("nobody comes", "away"),
  row(`${PEOPLE} people come in ${SECONDS} s`, "coming"),
  "",
  `- The p99 while they come is ${ratio.toFixed(2)} of the one without (the aim: ${AIM} at most).`,
  `- Each has ${FRIENDS} direct conversations (${crowds[0].conversations} in all), every fourth has two ` +
    `sockets. Came: ${crowds.map((crowd) => crowd.came).join(", ")}.`,
  told("online"),
  told("offline"),
  `- Others used ${Math.max(...all.map((run) => run.others)).toFixed(2)} of a core at most.`,
  ...[...new Set(all.flatMap(({ warnings }) => warnings))].map((text) => `- The generator: ${text}`),
];
writeSection("presence", lines.join("\n"));
process.stdout.write(`${lines.join("\n")}\n`);
process.exitCode = ratio <= AIM && isExact && cameAll ? 0 : 1;

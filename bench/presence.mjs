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
import process from "node:process";

import { median } from "./compare/figures.mjs";
import { cores, description, Others, pinned } from "./compare/machine.mjs";
import { generate, needsGenerator, spreadMs } from "./generator.mjs";
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
async function measure(isAway, { server, generator }) {
  const others = new Others();
  const settings = { LIMITS_ENABLED: false, LOG: "error", JWT_SECRET: SECRET };
  const target = await Target.start(settings, (command) => pinned(server, command));
  const words = ["direct", "--acks", ...(isAway ? ["--crowd-away"] : [])];
  const report = await generate(target, generator, words, TALK);
  await target.stop();
  const { messages, crowd, server: used, warnings } = report;
  const { p50, p99 } = messages.latency_ms;
  const missing = messages.deliveries_missing;
  return { p50, p99, missing, crowd, cpu: used.cpu, warnings, others: others.cores() };
}

needsGenerator();
const machine = cores();
const runs = { away: [], coming: [] };
for (let round = 0; round < ROUNDS; round += 1) {
  runs.away.push(await measure(true, machine));
  runs.coming.push(await measure(false, machine));
}

const of = (kind, name) => runs[kind].map((run) => run[name]);
const ratio = median(of("coming", "p99")) / median(of("away", "p99"));
const all = [...runs.away, ...runs.coming];
const sum = (values) => values.reduce((total, value) => total + value, 0);
const row = (name, kind) =>
  `| ${name} | ${spreadMs(of(kind, "p50"))} | ${spreadMs(of(kind, "p99"))} | ${sum(of(kind, "missing"))} | ` +
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

/**
 * Durable messages a second through the sequencers and the SQLite store, without a server: as the disk
 * is, with every sync slowed to 5 ms, and both with one message a commit.
 *
 *     node bench/durable.mjs
 *
 * It runs the example `durable` of crates/durability and writes what it finds into bench/RESULTS.md.
 * DURABLE_SECONDS (10) is how long each measurement takes, DURABLE_ROUNDS (3) how many there are.
 */
import { execFileSync } from "node:child_process";
import os from "node:os";
import { join } from "node:path";
import process from "node:process";

import { median } from "./compare/figures.mjs";
import { writeSection } from "./results.mjs";

const ROOT = join(import.meta.dirname, "..");
const ROUNDS = Number(process.env.DURABLE_ROUNDS ?? 3);

const CASES = [
  ["disk", "as the disk is"],
  ["disk-single", "… one message a commit"],
  ["slow", "every sync takes 5 ms more"],
  ["slow-single", "… one message a commit"],
];

const example = ["--release", "--locked", "-p", "durability", "--example", "durable"];

/** One round: what was measured of each case, by its name. */
function round() {
  const out = execFileSync("cargo", ["run", "--quiet", ...example], {
    cwd: ROOT,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  const figures = out.trim().split("\n").map((line) => JSON.parse(line));
  return Object.fromEntries(figures.map((figure) => [figure.name, figure]));
}

const count = (value) => Math.round(value).toLocaleString("en");
const ms = (us) => (us / 1_000).toFixed(us < 10_000 ? 2 : 1);

/** The median, and in brackets the least and the greatest. */
function spread(values, format) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = format(median(sorted));
  if (sorted.length === 1) return middle;
  return `${middle} (${format(sorted[0])} to ${format(sorted.at(-1))})`;
}

function section(rounds) {
  const of = (name, what) => rounds.map((figures) => what(figures[name]));
  const rate = (figure) => figure.perSecond;
  const row = ([name, label]) =>
    `| ${label} | ${spread(of(name, rate), count)} | ${spread(of(name, (f) => f.p50Us), ms)} ` +
    `| ${spread(of(name, (f) => f.p99Us), ms)} ` +
    `| ${spread(of(name, (f) => f.messages / f.commits), (value) => value.toFixed(1))} |`;
  const ratio = (fast, single) => median(rounds.map((f) => rate(f[fast]) / rate(f[single])));
  const aim = (label, least, value) =>
    `| ${label} | at least ${count(least)} | ${count(value)} | ${value >= least ? "met" : "MISSED"} |`;
  const cores = os.cpus();
  return [
    "## Durable messages",
    "",
    `Made by \`node bench/durable.mjs\` on ${new Date().toISOString().slice(0, 10)}: ` +
      `${cores.length} cores (${cores[0].model.trim()}), Linux ${os.release()}. 500 senders in 100 ` +
      "conversations, each of which is listened to; each has 4 messages of 64 bytes under way, and " +
      "sends again when one is acknowledged. Through the sequencers into SQLite (WAL, " +
      `\`synchronous=FULL\`), no sockets. Medians of ${rounds.length} rounds, and in brackets the ` +
      "least and the greatest.",
    "",
    "| what | aim | figure |  |",
    "| --- | --- | --- | --- |",
    aim("messages/s", 30_000, median(of("disk", rate))),
    aim("messages/s, every sync 5 ms slower", 15_000, median(of("slow", rate))),
    aim("… ÷ one message a commit", 10, ratio("slow", "slow-single")),
    "",
    "| the disk | messages/s | p50 to the acknowledgement, ms | p99, ms | messages a commit |",
    "| --- | --- | --- | --- | --- |",
    ...CASES.map(row),
  ].join("\n");
}

execFileSync("cargo", ["build", ...example], { cwd: ROOT, stdio: "inherit" });
const text = section(Array.from({ length: ROUNDS }, round));
writeSection("durable", text);
process.stdout.write(`${text}\n`);

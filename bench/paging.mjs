/**
 * Pages of one conversation with 1,000,000 messages, out of the SQLite store alone.
 *
 *     node bench/paging.mjs
 *
 * It runs the example `paging` of crates/store-sqlite and writes what it prints into bench/RESULTS.md.
 * PAGING_MESSAGES (1000000) and PAGING_READS (5000, of each kind of page) can be set.
 */
import { execFileSync, spawnSync } from "node:child_process";
import os from "node:os";
import { join } from "node:path";
import process from "node:process";

import { writeSection } from "./results.mjs";

const ROOT = join(import.meta.dirname, "..");
const SIZES = [process.env.PAGING_MESSAGES ?? "1000000", process.env.PAGING_READS ?? "5000"];

const example = ["--release", "--locked", "-p", "store-sqlite", "--example", "paging"];

function section(table, isMet) {
  const cores = os.cpus();
  return [
    "## Pages of a long conversation",
    "",
    `Made by \`node bench/paging.mjs\` on ${new Date().toISOString().slice(0, 10)}: ` +
      `${cores.length} cores (${cores[0].model.trim()}), Linux ${os.release()}. One conversation, 50 ` +
      "senders, each message with a key; pages at random places, one after the other, out of the " +
      "SQLite store with its default caches. Aim: each kind under 5 ms at p99, and memory flat: " +
      `${isMet ? "met" : "MISSED"}.`,
    "",
    table.trim(),
  ].join("\n");
}

execFileSync("cargo", ["build", ...example], { cwd: ROOT, stdio: "inherit" });
const run = spawnSync("cargo", ["run", "--quiet", ...example, "--", ...SIZES], {
  cwd: ROOT,
  encoding: "utf8",
  stdio: ["ignore", "pipe", "inherit"],
});
// The example fails if it misses its aim; without a table it did not run at all.
if (!run.stdout.includes("| newest |")) process.exit(1);
const text = section(run.stdout, run.status === 0);
writeSection("paging", text);
process.stdout.write(`${text}\n`);

/** The load generator, and how figures of several rounds are written. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { median } from "./compare/figures.mjs";
import { pinned } from "./compare/machine.mjs";
import { GENERATOR } from "./compare/servers.mjs";

/** Throws, with what to do, unless the generator was built. */
export function needsGenerator() {
  if (!existsSync(GENERATOR)) {
    throw new Error(`there is no ${GENERATOR}: \`cargo build --release -p loadtest\` makes it`);
  }
}

/**
 * The report of `parlour-loadtest` against `target`, on one core; `words` are its subcommand and flags,
 * `options` what has a value.
 */
export async function generate(target, core, words, options) {
  const directory = mkdtempSync(join(tmpdir(), "parlour-generator-"));
  try {
    const file = join(directory, "report.json");
    const url = `http://${target.host}:${target.port}`;
    const all = Object.entries({ ...options, url, pid: target.pid, json: file });
    const args = all.flatMap(([name, value]) => [`--${name}`, String(value)]);
    const [command, ...rest] = pinned(core, [GENERATOR, ...words, ...args]);
    const child = spawn(command, rest, { stdio: ["ignore", "ignore", "inherit"] });
    const code = await new Promise((resolve) => child.once("exit", resolve));
    if (code !== 0) throw new Error(`the generator ended with ${code}`);
    return JSON.parse(readFileSync(file, "utf8"));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Milliseconds: the median of the rounds, and in brackets the least and the greatest. */
export function spreadMs(values, digits = 2) {
  const of = (value) => value.toFixed(digits);
  return `${of(median(values))} ms (${of(Math.min(...values))} to ${of(Math.max(...values))})`;
}

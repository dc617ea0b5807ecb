/**
 * Parlour beside its peers, in one run: the same load on each server in turn, round by round.
 *
 *     make bench         (or: node bench/compare.mjs [--only cpu,storm] [--rounds 3] [--quick] …)
 *
 * A full-sized run of all servers goes into bench/results.json and bench/RESULTS.md, scenario by
 * scenario, each as soon as it is done. A smaller one is only printed.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";

import { build, present } from "./compare/build.mjs";
import { cores, description } from "./compare/machine.mjs";
import { measure } from "./compare/measure.mjs";
import { aimsTable, DISTURBED_CORES, doubts, scenarioTable, section } from "./compare/report.mjs";
import { cellsOf, SCENARIOS } from "./compare/scenarios.mjs";
import { ROOT, serverOf, SERVERS } from "./compare/servers.mjs";
import { writeSection } from "./results.mjs";

const RESULTS_JSON = join(import.meta.dirname, "results.json");
const MAX_ROUNDS = 20;

const HELP = `node bench/compare.mjs [options]

  --only A,B       only these scenarios: ${SCENARIOS.map(({ id }) => id).join(", ")}
  --servers A,B    only these servers: ${SERVERS.map(({ id }) => id).join(", ")} (nothing is written down)
  --rounds N       how often each is run [3]
  --quick          one round of little load, to see that it works (nothing is written down)
  --smoke          the same with 50 connections, and every delivery has to arrive: else it fails
  --no-build       measure what is there
  --report         measure nothing: write down once more what bench/results.json holds
`;

function readOptions() {
  const { values } = parseArgs({
    options: {
      only: { type: "string" },
      servers: { type: "string" },
      rounds: { type: "string" },
      quick: { type: "boolean", default: false },
      smoke: { type: "boolean", default: false },
      "no-build": { type: "boolean", default: false },
      report: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const size = values.smoke ? "smoke" : values.quick ? "quick" : "full";
  const rounds = Number(values.rounds ?? (size === "full" ? 3 : 1));
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > MAX_ROUNDS) {
    throw new Error(`--rounds is a whole number from 1 to ${MAX_ROUNDS}`);
  }
  return {
    size,
    rounds,
    isHelp: values.help,
    isReport: values.report,
    isBuilt: !values["no-build"],
    isWritten: size === "full" && values.servers === undefined,
    scenarios: chosen(SCENARIOS, values.only, "scenario"),
    servers: chosen(SERVERS, values.servers, "server").map(({ id }) => id),
  };
}

/** Those of `all` that a list of ids names; all without a list. */
function chosen(all, list, what) {
  if (list === undefined) return all;
  return list.split(",").map((id) => {
    const one = all.find((each) => each.id === id);
    if (!one) throw new Error(`there is no ${what} ${id}: ${all.map((each) => each.id).join(", ")}`);
    return one;
  });
}

/** All rounds of a scenario: A B C, A B C, … A run that fails is done once more, and that is said. */
async function measureScenario(scenario, options, cpus) {
  const runs = [];
  const cells = cellsOf(scenario, options);
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const cell of cells) {
      process.stderr.write(`${scenario.id} ${round}/${options.rounds} ${cell.key} … `);
      let run = { round, ...(await measure(scenario, cell, cpus)) };
      // Once more: one stray connection can keep a run of thousands from its beginning.
      if (run.error) run = { round, first: run.error, ...(await measure(scenario, cell, cpus)) };
      const disturbed = run.others > DISTURBED_CORES ? ` (others: ${run.others.toFixed(2)} cores)` : "";
      process.stderr.write(`${run.error ?? "ok"}${run.first ? ` the second time: ${run.first}` : ""}${disturbed}\n`);
      runs.push(run);
    }
  }
  return runs;
}

/** The commit that is measured, with a mark if there are changes that it does not hold. */
function revision() {
  const git = (...args) => execFileSync("git", args, { cwd: ROOT, encoding: "utf8" }).trim();
  try {
    const isClean = git("status", "--porcelain", "--", "crates", "Cargo.lock") === "";
    return `${git("rev-parse", "--short", "HEAD")}${isClean ? "" : " with changes"}`;
  } catch {
    return "unknown";
  }
}

const readJson = () => (existsSync(RESULTS_JSON) ? JSON.parse(readFileSync(RESULTS_JSON, "utf8")) : {});

/** Writes down what is known now, with what earlier runs found of other scenarios. */
function write(results) {
  writeFileSync(RESULTS_JSON, `${JSON.stringify(results, undefined, 1)}\n`);
  writeSection("compare", section(results));
}

/** What is no result: a run that failed and, in a small one, a connection or a delivery that is missing. */
const faults = (runs, size) =>
  runs.flatMap(({ key, error, figures = {} }) => {
    if (error) return [`${key}: ${error}`];
    const wrong = size === "full" ? [] : ["failed", "missing", "unacknowledged"].filter((id) => figures[id] > 0);
    return wrong.map((id) => `${key}: ${id} ${figures[id]}`);
  });

async function main() {
  const options = readOptions();
  if (options.isHelp) {
    process.stdout.write(HELP);
    return;
  }
  if (options.isReport) {
    writeSection("compare", section(readJson()));
    return;
  }
  const { rounds, isWritten } = options;
  options.servers = options.isBuilt ? build(options.servers) : present(options.servers);
  const cpus = cores();
  const versions = Object.fromEntries(options.servers.map((id) => [id, serverOf(id).version()]));
  const machine = description();
  const found = {};
  const wrong = [];
  for (const scenario of options.scenarios) {
    const runs = await measureScenario(scenario, options, cpus);
    const date = new Date().toISOString().slice(0, 10);
    found[scenario.id] = { date, revision: revision(), machine, rounds, runs };
    wrong.push(...faults(runs, options.size).map((fault) => `${scenario.id}: ${fault}`));
    if (isWritten) {
      const scenarios = { ...readJson().scenarios, [scenario.id]: found[scenario.id] };
      write({ versions, scenarios });
    }
    const notes = doubts(runs).map((line) => `- ${line}\n`);
    const table = scenarioTable(scenario, runs);
    const small = options.size === "full" ? "" : ` (${options.size}: much less, and no measurement)`;
    process.stdout.write(`\n${scenario.title}${small}\n\n${table}\n${notes.join("")}`);
  }
  if (options.size === "full") process.stdout.write(`\n${aimsTable(found)}\n`);
  if (!isWritten) process.stdout.write("\nNothing was written down: this was not a whole run.\n");
  if (wrong.length > 0) {
    process.stderr.write(`\n${wrong.join("\n")}\n`);
    process.exitCode = 1;
  }
}

try {
  await main();
} catch (error) {
  process.stderr.write(`bench: ${error.message}\n`);
  process.exitCode = 2;
}

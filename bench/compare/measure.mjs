/** One run: a server from its start to its end, and the generator against it. */
import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import process from "node:process";
import { clearTimeout, setTimeout } from "node:timers";
import { setTimeout as delay } from "node:timers/promises";

import { figuresOf } from "./figures.mjs";
import { freePort, Others, pinned } from "./machine.mjs";
import { argumentsOf } from "./scenarios.mjs";
import { GENERATOR, ROOT, serverOf } from "./servers.mjs";

/** How long a server may take until it listens. */
const START_DEADLINE_MS = 10_000;
const LOOK_EVERY_MS = 10;
/** How long a run may take at all: the longest takes half a minute. */
const RUN_DEADLINE_MS = 180_000;
/** Clients that a server has seen before its memory counts: its code is loaded, its heap is not full. */
const EARLIER_CLIENTS = 20;
/** What is kept of what the generator says when it fails. */
const KEPT_BYTES = 4_000;

/** Processes that are to be ended should this one end. */
const running = new Set();
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));

function start([command, ...args], { env = {}, cwd, stdio }) {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio });
  running.add(child);
  child.ended = new Promise((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => resolve(code ?? signal));
  }).finally(() => running.delete(child));
  return child;
}

/** Whether somebody listens there. */
function listens(port) {
  return new Promise((resolve) => {
    const socket = net.connect({ host: "127.0.0.1", port });
    const answer = (is) => {
      socket.destroy();
      resolve(is);
    };
    socket.once("connect", () => answer(true)).once("error", () => answer(false));
  });
}

async function startServer({ server, dialect, core, directory }) {
  const port = await freePort();
  const { args, env } = serverOf(server).start(dialect, port);
  const file = join(directory, "server.log");
  const log = openSync(file, "w");
  const child = start(pinned(core, args), { env, cwd: directory, stdio: ["ignore", log, log] });
  closeSync(log);
  let hasEnded = false;
  void child.ended.then(() => (hasEnded = true));
  const deadline = performance.now() + START_DEADLINE_MS;
  while (!(await listens(port))) {
    if (hasEnded) {
      const said = readFileSync(file, "utf8").slice(-KEPT_BYTES).trim();
      throw new Error(`it ended with ${await child.ended} before it listened: ${said}`);
    }
    if (performance.now() > deadline) {
      child.kill("SIGKILL");
      await child.ended;
      throw new Error(`it does not listen after ${START_DEADLINE_MS / 1_000} s`);
    }
    await delay(LOOK_EVERY_MS);
  }
  return { child, port };
}

/** The generator's report. */
async function generate({ command, options, more, port, pid, core, directory }) {
  const file = join(directory, "report.json");
  rmSync(file, { force: true });
  const url = `http://127.0.0.1:${port}`;
  const args = [command, ...argumentsOf({ ...options, ...more, url, pid, json: file })];
  const stdio = ["ignore", "ignore", "pipe"];
  const child = start(pinned(core, [GENERATOR, ...args]), { stdio });
  let said = "";
  child.stderr.on("data", (text) => (said = (said + text).slice(-KEPT_BYTES)));
  const timer = setTimeout(() => child.kill("SIGKILL"), RUN_DEADLINE_MS);
  const code = await child.ended;
  clearTimeout(timer);
  if (code !== 0 || !existsSync(file)) {
    throw new Error(`the generator ended with ${code}: ${said.trim().split("\n").at(-1)}`);
  }
  return JSON.parse(readFileSync(file, "utf8"));
}

/**
 * Runs one cell of a scenario. Never throws: a run that fails has an `error` instead of figures.
 *
 * @returns {Promise<{key: string, figures?: object, warnings?: string[], error?: string,
 *   others: number}>}
 */
export async function measure(scenario, { key, server, options }, cores) {
  const directory = mkdtempSync(join(tmpdir(), "parlour-compare-"));
  const others = new Others();
  let child;
  try {
    const where = scenario.isShared ? { server: cores.both, generator: cores.both } : cores;
    const started = await startServer({ server, dialect: scenario.dialect, core: where.server, directory });
    child = started.child;
    const more = serverOf(server).generator?.(scenario) ?? {};
    const common = { port: started.port, pid: child.pid, core: where.generator, directory, more };
    if (scenario.command === "idle") {
      const earlier = { ...options, connections: EARLIER_CLIENTS, settle: 0, seconds: 0 };
      await generate({ ...common, command: "idle", options: earlier });
    }
    const report = await generate({ ...common, command: scenario.command, options });
    const { warnings } = report;
    return { key, ...(await ended(child, others)), figures: figuresOf(report), warnings };
  } catch (error) {
    // Where this stands on this machine is nobody's business: results are committed.
    const why = error.message.replaceAll(ROOT, ".").replaceAll(directory, "…");
    return { key, ...(await ended(child, others)), error: why };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Ends the server; only then is its CPU time known to have been its. */
async function ended(child, others) {
  child?.kill("SIGKILL");
  await child?.ended;
  return { others: others.cores() };
}

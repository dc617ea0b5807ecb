/**
 * The server that is measured: the release binary in a process and a directory of its own.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { performance } from "node:perf_hooks";
import process from "node:process";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { URL } from "node:url";

const BINARY = resolve(
  process.env.PARLOUR_BIN ?? join(import.meta.dirname, "../target/release/parlour"),
);
/** Memory counts as settled when so many readings in a row differ by less than this share. */
const SETTLED_READINGS = 8;
const SETTLED_SHARE = 0.005;
const READ_EVERY_MS = 250;
const SETTLE_DEADLINE_MS = 60_000;

/** The size of the binary, in bytes. */
export function binaryBytes() {
  if (!existsSync(BINARY)) throw new Error(`there is no ${BINARY}: \`make build\` makes it`);
  return statSync(BINARY).size;
}

export class Target {
  /** @type {Set<Target>} */
  static running = new Set();

  #child;
  #directory = mkdtempSync(join(tmpdir(), "parlour-bench-"));
  /** Where it listens. */
  host = "";
  port = 0;
  /** When the process was made. */
  spawnedAt = performance.now();

  /**
   * @param {Record<string, string | number | boolean>} settings `PARLOUR_*`, without the prefix
   * @param {(command: string[]) => string[]} wrap what starts the binary, such as a core to be on
   */
  constructor(settings, wrap = (command) => command) {
    const [command, ...args] = wrap([BINARY]);
    const named = Object.entries({ LISTEN: "127.0.0.1:0", LOG: "warn", ...settings });
    const variables = named.map(([name, value]) => [`PARLOUR_${name}`, String(value)]);
    this.#child = spawn(command, args, {
      cwd: this.#directory,
      env: { PATH: process.env.PATH, ...Object.fromEntries(variables) },
      stdio: ["ignore", "pipe", "ignore"],
    });
    Target.running.add(this);
  }

  /** Starts it, and waits until it says where it listens. */
  static async start(settings, wrap) {
    const target = new Target(settings, wrap);
    const line = await new Promise((resolve, reject) => {
      createInterface({ input: target.#child.stdout }).once("line", resolve);
      target.#child.once("exit", (code) => reject(new Error(`the server ended with ${code}`)));
    });
    const url = new URL(line.slice(line.indexOf("http://")));
    [target.host, target.port] = [url.hostname, Number(url.port)];
    return target;
  }

  /** The process's id: what wraps the binary becomes it. */
  get pid() {
    return this.#child.pid;
  }

  /** The status of an answer to GET. */
  get(path) {
    return new Promise((resolve, reject) => {
      const { host, port } = this;
      const request = http.get({ host, port, path, agent: false }, (response) => {
        response.resume().on("end", () => resolve(response.statusCode));
      });
      request.on("error", reject);
    });
  }

  /** Resident memory, and the process's fair share of it, in KB, once they no longer move. */
  async settledMemory() {
    const end = performance.now() + SETTLE_DEADLINE_MS;
    const readings = [];
    while (performance.now() < end) {
      readings.push(this.#memory());
      const last = readings.slice(-SETTLED_READINGS).map(({ rss }) => rss);
      const spread = Math.max(...last) - Math.min(...last);
      if (last.length === SETTLED_READINGS && spread <= SETTLED_SHARE * last[0]) {
        return readings.at(-1);
      }
      await delay(READ_EVERY_MS);
    }
    throw new Error(`the server's memory does not settle: ${JSON.stringify(readings.slice(-8))}`);
  }

  #memory() {
    const read = (file, name) => {
      const text = readFileSync(`/proc/${this.#child.pid}/${file}`, "utf8");
      return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1]);
    };
    return { rss: read("status", "VmRSS"), pss: read("smaps_rollup", "Pss") };
  }

  /** Ends it, and waits for that. */
  async stop() {
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.destroy();
    await ended;
  }

  /** Ends it at once. */
  destroy() {
    Target.running.delete(this);
    this.#child.kill("SIGKILL");
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

process.on("exit", () => {
  for (const target of Target.running) target.destroy();
});

/**
 * The real binary, started on free ports in a directory of its own.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";

import { request } from "./http.js";
import { until, within } from "./wait.js";

/** What is measured and tested: `PARLOUR_BIN`, else the release binary. */
export const BINARY = resolve(
  process.env.PARLOUR_BIN ?? join(import.meta.dirname, "../../../target/release/parlour"),
);

/** Log lines that are kept to explain a failure. */
const KEPT_LOG_LINES = 200;

/** A running server. */
export class Server {
  /** @type {Set<Server>} */
  static running = new Set();

  #exit;
  #child;
  #keptLogLines;
  /** Its working directory; the data directory is made in it. */
  directory;
  /** @type {string[]} */
  log = [];
  /** Where clients connect. */
  url = "";
  /** Where the numbers are. */
  metricsUrl = "";

  /**
   * @param {Record<string, string | number | boolean>} settings `PARLOUR_*`, without the prefix
   * @param {{directory?: string, file?: string, keptLogLines?: number,
   *   wrap?: (command: string[]) => string[]}} [options] the directory of a server before it; the text
   *   of `parlour.toml`; how much of the log is kept; what becomes the server
   */
  constructor(
    settings,
    { directory, file, keptLogLines = KEPT_LOG_LINES, wrap = (command) => command } = {},
  ) {
    if (!existsSync(BINARY)) {
      throw new Error(`there is no ${BINARY}: \`make build\` makes it, or PARLOUR_BIN names another`);
    }
    const named = Object.entries({
      LISTEN: "127.0.0.1:0",
      METRICS_LISTEN: "127.0.0.1:0",
      LOG_FORMAT: "json",
      ...settings,
    }).map(([name, value]) => [`PARLOUR_${name}`, String(value)]);
    this.#keptLogLines = keptLogLines;
    this.directory = directory ?? mkdtempSync(join(tmpdir(), "parlour-wire-"));
    if (file !== undefined) writeFileSync(join(this.directory, "parlour.toml"), file);
    const [command, ...args] = wrap([BINARY]);
    this.#child = spawn(command, args, {
      cwd: this.directory,
      env: { PATH: process.env.PATH, ...Object.fromEntries(named) },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#exit = new Promise((done) => {
      this.#child.on("error", (error) => done(error.message));
      // Not "exit": what it has said last is to be read first.
      this.#child.on("close", (code, signal) => done(signal ?? code));
    });
    Server.running.add(this);
  }

  /**
   * Starts a server and waits until it says where it listens.
   * @param {Record<string, string | number | boolean>} [settings]
   * @param {ConstructorParameters<typeof Server>[1]} [options]
   */
  static async start(settings = {}, options = {}) {
    const server = new Server(settings, options);
    await within("the server's start", server.#started());
    return server;
  }

  async #started() {
    const lines = (stream, take) => createInterface({ input: stream }).on("line", take);
    const found = new Promise((resolve) => {
      lines(this.#child.stdout, (line) => {
        this.url = /^Parlour is listening on (http:\/\/\S+)$/.exec(line)?.[1] ?? this.url;
        resolve(undefined);
      });
    });
    lines(this.#child.stderr, (line) => {
      const address = /"metrics are at \/metrics".*"address":"([^"]+)"/.exec(line)?.[1];
      if (address) this.metricsUrl = `http://${address}/metrics`;
      this.log.push(line);
      if (this.log.length > this.#keptLogLines) this.log.shift();
    });
    const ended = await Promise.race([found, this.#exit]);
    assert.ok(this.url, `the server did not start (${ended}):\n${this.log.join("\n")}`);
    await until("the metrics' address in the log", () => this.metricsUrl);
  }

  /** The process's id. */
  get pid() {
    return this.#child.pid;
  }

  /** All numbers of `/metrics`, by name with labels. */
  async metrics() {
    const { status, body } = await request(this.metricsUrl);
    assert.equal(status, 200);
    const samples = body.split("\n").filter((line) => line && !line.startsWith("#"));
    return Object.fromEntries(
      samples.map((line) => {
        const at = line.lastIndexOf(" ");
        return [line.slice(0, at), Number(line.slice(at + 1))];
      }),
    );
  }

  /**
   * Waits until nobody is there and nothing of anybody is left: no connection, session, socket,
   * seat, room or bar.
   * @param {number} [deadlineMs]
   */
  async empty(deadlineMs) {
    let left = [];
    const isEmpty = async () => {
      left = leftovers(await this.metrics());
      return left.length === 0;
    };
    await until("a server with nobody on it", isEmpty, deadlineMs).catch((error) => {
      throw new Error(`${error.message}; there is still ${left.join(", ")}`);
    });
  }

  /** Sends a signal. */
  kill(signal) {
    this.#child.kill(signal);
  }

  /** Resolves with the exit code, or with the signal that ended the process. */
  exited() {
    return within("the server's end", this.#exit, 12_000);
  }

  /** SIGTERM; the server has to end well. */
  async stop() {
    if (!Server.running.has(this)) return;
    try {
      await this.end();
    } finally {
      this.destroy();
    }
  }

  /** The same, but its directory stays, for another server. */
  async end() {
    this.kill("SIGTERM");
    assert.equal(await this.exited(), 0, `the server did not end well:\n${this.log.join("\n")}`);
    Server.running.delete(this);
  }

  /** Ends the process at once and removes its directory. */
  destroy() {
    this.kill("SIGKILL");
    Server.running.delete(this);
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Gauges that are zero when everybody has gone. */
const HELD = [
  "parlour_connections",
  'parlour_sessions{transport="polling"}',
  'parlour_sessions{transport="websocket"}',
  "parlour_sockets",
  'parlour_pair_rooms{status="waiting"}',
  'parlour_pair_rooms{status="active"}',
  "parlour_pair_seats",
  "parlour_pair_sockets",
  "parlour_pair_bars",
  "parlour_accounts_connected",
  "parlour_sockets_listening",
  "parlour_conversations_followed",
  'parlour_messages_accepted{state="queued"}',
  'parlour_messages_accepted{state="in_store"}',
  "parlour_messages_held_bytes",
  "parlour_addresses",
  "parlour_address_permits",
];

function leftovers(metrics) {
  for (const name of HELD) assert.ok(name in metrics, `there is no metric ${name}`);
  return HELD.filter((name) => metrics[name] !== 0).map((name) => `${name} ${metrics[name]}`);
}

// A test that fails or is stopped takes its servers with it.
process.on("exit", () => {
  for (const server of Server.running) server.destroy();
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));

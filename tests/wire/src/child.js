/**
 * A client in a process of its own; see child-client.js.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";

import { until, within } from "./wait.js";

export class Child {
  /** @type {Set<Child>} */
  static running = new Set();

  /** @type {string[]} what it has said */
  said = [];
  #process;
  #exit;

  /**
   * @param {string} url
   * @param {string} way
   * @param {string[]} [wrapper] a command that starts the process, such as `ip netns exec NAME`
   * @param {string[]} [writes] a token, and the conversation that it writes in
   */
  constructor(url, way, wrapper = [], writes = []) {
    const client = join(import.meta.dirname, "child-client.js");
    const [command, ...args] = [...wrapper, process.execPath, client, url, way, ...writes];
    this.#process = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
    this.#exit = new Promise((done) => this.#process.on("exit", done));
    createInterface({ input: this.#process.stdout }).on("line", (line) => this.said.push(line));
    Child.running.add(this);
  }

  /** Starts one, and waits until it has a seat and its server must notice its end. */
  static async seated(url, way, wrapper, writes) {
    const child = new Child(url, way, wrapper, writes);
    await until("a seat for the child", () => child.said.includes("seated"));
    return child;
  }

  /** Waits for the next time that it has answered the server's ping. */
  async answersPing() {
    const before = this.said.length;
    await until("an answer to a ping", () => this.said.slice(before).includes("pong"));
  }

  /** Sends a signal to the client itself: the wrapper has become it. */
  signal(name) {
    this.#process.kill(name);
  }

  /** Ends it, also if it is stopped, and waits until it has ended. */
  async destroy() {
    this.signal("SIGKILL");
    Child.running.delete(this);
    await within("the child's end", this.#exit);
  }
}

process.on("exit", () => {
  for (const child of Child.running) child.signal("SIGKILL");
});

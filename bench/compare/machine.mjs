/** The machine: which cores are used, and who else uses them. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import net from "node:net";
import os from "node:os";
import process from "node:process";

/** As many files as may be opened here: some servers do not raise the soft limit by themselves. */
const NOFILE = /^Max open files\s+\S+\s+(\S+)/m.exec(readFileSync("/proc/self/limits", "utf8"))[1];

/** The first two cores that may be used: the server's and the generator's, or both for both. */
export function cores() {
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync("/proc/self/status", "utf8"))[1];
  const allowed = list.split(",").flatMap((part) => {
    const [first, last = first] = part.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, n) => first + n);
  });
  if (allowed.length < 2) {
    throw new Error("two cores are needed: one for the server, one for the load generator");
  }
  const [server, generator] = allowed;
  return { server, generator, both: `${server},${generator}` };
}

/** A command on these cores, with files enough. */
export const pinned = (where, args) => [
  "prlimit",
  `--nofile=${NOFILE}:${NOFILE}`,
  "taskset",
  "-c",
  String(where),
  ...args,
];

/** A port that nobody listens on. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/**
 * How much of the machine has been used by others than this process and the children it has waited
 * for: two readings, before and after.
 */
export class Others {
  #start = Others.#read();

  /** As a number of cores, between the making of this and now. */
  cores() {
    const now = Others.#read();
    const ticks = now.busy - this.#start.busy - (now.own - this.#start.own);
    const seconds = (now.uptime - this.#start.uptime) || 1;
    return Math.max(0, ticks / TICKS_PER_SECOND / seconds);
  }

  static #read() {
    const [, user, nice, system, , , irq, softirq, steal] = readFileSync("/proc/stat", "utf8")
      .split("\n", 1)[0]
      .split(/\s+/)
      .map(Number);
    const stat = readFileSync("/proc/self/stat", "utf8");
    // utime, stime, and those of the children: fields 14 to 17; the name, field 2, may hold anything.
    const own = stat.slice(stat.lastIndexOf(")") + 2).split(" ").slice(11, 15).map(Number);
    return {
      busy: user + nice + system + irq + softirq + steal,
      own: own.reduce((sum, ticks) => sum + ticks, 0),
      uptime: Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]),
    };
  }
}

const TICKS_PER_SECOND = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

/** What it is. */
export function description() {
  const [first, ...more] = os.cpus();
  return {
    cores: more.length + 1,
    model: first.model.trim(),
    kernel: os.release(),
    memoryGb: Math.round(os.totalmem() / 2 ** 30),
    node: process.versions.node,
  };
}

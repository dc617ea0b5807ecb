/**
 * A process whose disk goes wrong as it is told: the shim of crates/faults, for programs in JavaScript.
 */
import { Buffer } from "node:buffer";
import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, readSync, writeSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";

const ROOT = resolve(import.meta.dirname, "../../..");
const TARGET = resolve(process.env.CARGO_TARGET_DIR ?? join(ROOT, "target"));

/** The kinds of calls, each with its number in crates/faults/src/control.rs. */
const CALLS = { write: 0, sync: 1 };
/** When a process dies, seen from the call that it dies at. */
const KILLS = { before: 1n, after: 2n };
/** The most calls that there are. */
const ALWAYS = (1n << 64n) - 1n;
/** Of a million, how many of the calls that may fail do. */
const ALL = 1_000_000n;
const WORD = 8;
const VERSION = 1;
const HEAD_WORDS = 8;
const SLOT_WORDS = 16;
/** Behind the words that the shim writes: the delay, the error, its first, count and share; the kill. */
const SETTINGS = 2;

/** What puts a program under the shim; built when it is first needed. */
function runner() {
  const build = ["build", "--quiet", "--locked", "-p", "faults", "--bin", "faulty"];
  execFileSync("cargo", build, { cwd: ROOT, stdio: ["ignore", "ignore", "inherit"] });
  return join(TARGET, "debug/faulty");
}

/** One process under the shim. */
export class Faulty {
  #scratch;

  /**
   * @param {string} directory where the data and what the shim needs are, both in folders of their own
   * @param {number} life the how manieth process over these data
   */
  constructor(directory, life = 1) {
    this.data = join(directory, "data");
    this.#scratch = join(directory, `life-${life}`);
    mkdirSync(this.data, { recursive: true });
    mkdirSync(this.#scratch);
  }

  /** The command, under the shim. */
  wrap(command) {
    return [runner(), this.data, this.#scratch, ...command];
  }

  /**
   * From the next call of this kind on: each takes this much longer, the first `count` fail with `errno`,
   * and at the `nth` (1 is the next) the process dies of SIGKILL.
   * @param {keyof typeof CALLS} call
   * @param {{slowMs?: number, errno?: number, count?: bigint, kill?: keyof typeof KILLS, nth?: number}}
   *   fault
   */
  set(call, { slowMs = 0, errno = 0, count = ALWAYS, kill, nth = 1 }) {
    const file = openSync(join(this.#scratch, "control"), "r+");
    try {
      const read = (word) => {
        const bytes = Buffer.alloc(WORD);
        readSync(file, bytes, 0, WORD, word * WORD);
        return bytes.readBigUInt64LE();
      };
      const write = (word, values) => {
        const bytes = Buffer.alloc(values.length * WORD);
        values.forEach((value, n) => bytes.writeBigUInt64LE(BigInt(value), n * WORD));
        writeSync(file, bytes, 0, bytes.length, word * WORD);
      };
      const slot = HEAD_WORDS + CALLS[call] * SLOT_WORDS;
      const [version, calls] = [read(VERSION), read(slot)];
      const killing = kill ? [KILLS[kill], calls + BigInt(nth)] : [0n, 0n];
      write(VERSION, [version + 1n]);
      const failing = [errno, calls + 1n, count, ALL];
      write(slot + SETTINGS, [Math.round(slowMs * 1_000), ...failing, ...killing]);
      write(VERSION, [version + 2n]);
    } finally {
      closeSync(file);
    }
  }
}

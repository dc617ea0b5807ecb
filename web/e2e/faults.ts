import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, open, readFile, rename, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const SHIM = resolve(import.meta.dirname, "../../crates/faults/shim");
const SOURCES = ["calls.c", "control.c", "files.c", "journal.c"];
const OPTIONS = "-shared -fPIC -O2 -std=gnu11 -Wall -Wextra -Werror -pthread".split(" ");

/** The layout of the control file: see crates/faults/src/control.rs. */
const MAGIC = 0x7374_7561_6c66n;
const HEAD_WORDS = 8;
const SLOT_WORDS = 16;
const COUNTER_WORDS = 2;
const CALLS = { write: 0, sync: 1, truncate: 2, open: 3, rename: 4, unlink: 5 } as const;
const WORDS = HEAD_WORDS + Object.keys(CALLS).length * SLOT_WORDS;
const ALWAYS_PPM = 1_000_000n;
const EVER = 0xffff_ffff_ffff_ffffn;

/** What goes wrong with every call of one kind. */
export interface Fault {
  /** Each takes this much longer, whatever is set meanwhile. */
  readonly delayMs?: number;
  /** Each waits until something else is set; then it is made, or fails, as it would have. */
  readonly isHeld?: boolean;
  /** Each fails: 28 is a full disk, 5 a broken one. */
  readonly errno?: number;
}

/** The server's disk, and what is to go wrong with it from the next call on. */
export interface Disk {
  /** What the server is to be started with. */
  readonly environment: (dataDir: string) => Readonly<Record<string, string>>;
  readonly set: (call: keyof typeof CALLS, fault: Fault) => Promise<void>;
}

/** Makes a disk with which nothing is wrong yet. `scratch` is a folder of its own. */
export async function makeDisk(scratch: string): Promise<Disk> {
  const library = await buildShim();
  const control = join(scratch, "control");
  const words = new BigUint64Array(WORDS);
  words[0] = MAGIC;
  await writeFile(control, words);
  let version = 0n;

  async function set(call: keyof typeof CALLS, { delayMs = 0, isHeld = false, errno = 0 }: Fault): Promise<void> {
    const file = await open(control, "r+");
    const write = (word: number, those: readonly bigint[]) =>
      file.write(new BigUint64Array(those), 0, those.length * 8, word * 8);
    const slot = HEAD_WORDS + CALLS[call] * SLOT_WORDS + COUNTER_WORDS;
    await write(1, [version + 1n]);
    await write(slot, [BigInt(delayMs) * 1_000n, BigInt(errno), 0n, EVER, ALWAYS_PPM, 0n, 0n, isHeld ? 1n : 0n]);
    await write(1, [version + 2n]);
    version += 2n;
    await file.close();
  }

  const environment = (dataDir: string) => ({
    LD_PRELOAD: library,
    FAULTS_PREFIX: dataDir,
    FAULTS_CONTROL: control,
  });
  return { environment, set };
}

/** Compiles the shim, unless the same one is there. */
async function buildShim(): Promise<string> {
  const hash = createHash("sha256");
  for (const source of [...SOURCES, "shim.h"]) hash.update(await readFile(join(SHIM, source)));
  const folder = join(tmpdir(), "parlour-e2e-shim");
  const library = join(folder, `faults-${hash.digest("hex").slice(0, 16)}.so`);
  if (existsSync(library)) return library;
  await mkdir(folder, { recursive: true });
  // Another process may do the same: each makes its own, and the last one stays.
  const own = `${library}.${process.pid}`;
  await promisify(execFile)("cc", [...OPTIONS, "-o", own, ...SOURCES.map((source) => join(SHIM, source))]);
  await rename(own, library);
  return library;
}

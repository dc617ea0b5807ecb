import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { makeDisk, type Disk } from "./faults.ts";

const BINARY = process.env.PARLOUR_BIN ?? resolve(import.meta.dirname, "../../target/release/parlour");
const ANNOUNCED = /^Parlour is listening on (http:\/\/127\.0\.0\.1:(\d+))/u;

/** A running Parlour with a data directory of its own. */
export interface Server {
  readonly url: string;
  readonly port: number;
  /** What it keeps its files on; `null`: a disk with which nothing can go wrong. */
  readonly disk: Disk | null;
  /** Kills it without a goodbye, as a crash would; its files are gone. */
  readonly kill: () => Promise<void>;
  /** The same, and its files stay: starts another one on them, on the same port. */
  readonly crash: () => Promise<Server>;
  /** Stops it from running, its connections left open, as a machine under water would: from then on it does nothing. */
  readonly freeze: () => Promise<void>;
  /** Lets it go on: it finds everything that was sent to it meanwhile. */
  readonly thaw: () => void;
}

/** What the server logs is shown when `PARLOUR_E2E_LOG` is set. */
const LOG = process.env.PARLOUR_E2E_LOG === undefined ? "ignore" : "inherit";

/**
 * An hour, in which a connection that is silent counts as alive. A page measures by its own clock how long it has
 * heard nothing, and specs turn that forward: with the default, a slow one would lose its connection after 45 s of it.
 */
const PING_TIMEOUT_MS = "3600000";

/** More of the server's environment, as `PARLOUR_*` variables. */
export type Settings = Readonly<Record<string, string>>;

/**
 * Starts the binary and waits until it says where it listens; port 0 is any free one. `isFaulty`: its disk
 * can be made to go wrong.
 */
export async function startServer(settings: Settings, port = 0, isFaulty = false): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), "parlour-e2e-"));
  const dataDir = join(folder, "data");
  await mkdir(dataDir);
  return startOn({ folder, dataDir, disk: isFaulty ? await makeDisk(folder) : null }, settings, port);
}

interface Place {
  readonly folder: string;
  readonly dataDir: string;
  readonly disk: Disk | null;
}

async function startOn(place: Place, settings: Settings, port: number): Promise<Server> {
  const { folder, dataDir, disk } = place;
  const child = spawn(BINARY, [], {
    env: {
      ...process.env,
      ...disk?.environment(dataDir),
      PARLOUR_PING_TIMEOUT_MS: PING_TIMEOUT_MS,
      ...settings,
      PARLOUR_LISTEN: `127.0.0.1:${port}`,
      PARLOUR_DATA_DIR: dataDir,
    },
    stdio: ["ignore", "pipe", LOG],
  });
  const [url, bound] = await announcement(child);
  const end = async (): Promise<void> => {
    const gone = once(child, "exit");
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await gone;
    }
  };
  return {
    url,
    port: bound,
    disk,
    kill: async () => {
      await end();
      await rm(folder, { recursive: true, force: true });
    },
    crash: async () => {
      await end();
      return startOn(place, settings, bound);
    },
    freeze: async () => {
      child.kill("SIGSTOP");
      // Twice: a thread that began to run between two looks was seen by the second.
      for (let looks = 0; looks < 2; looks = (await isStopped(child)) ? looks + 1 : 0) await setTimeout(1);
    },
    thaw: () => child.kill("SIGCONT"),
  };
}

/** Whether none of its threads runs any more: a signal is sent before all of them have heard of it. */
async function isStopped(child: ChildProcess): Promise<boolean> {
  const threads = `/proc/${child.pid}/task`;
  const stats = await Promise.all(
    // One that ends just now has no file any more.
    (await readdir(threads)).map((thread) => readFile(join(threads, thread, "stat"), "utf8").catch(() => "")),
  );
  // What follows its name, which is in brackets: see proc_pid_stat(5).
  return stats.length > 0 && stats.every((stat) => /^[Tt]/u.test(stat.slice(stat.lastIndexOf(")") + 2)));
}

async function announcement(child: ChildProcess): Promise<[url: string, port: number]> {
  if (child.stdout === null) throw new Error("the server's output is not piped");
  await once(child, "spawn");
  for await (const line of createInterface({ input: child.stdout })) {
    const match = ANNOUNCED.exec(line);
    if (match?.[1] !== undefined) {
      child.stdout.resume();
      return [match[1], Number(match[2])];
    }
  }
  throw new Error(`${BINARY} ended without saying where it listens`);
}

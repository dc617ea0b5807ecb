import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

const BINARY = process.env.PARLOUR_BIN ?? resolve(import.meta.dirname, "../../target/release/parlour");
const ANNOUNCED = /^Parlour is listening on (http:\/\/127\.0\.0\.1:(\d+))/u;

/** A running Parlour with a data directory of its own. */
export interface Server {
  readonly url: string;
  readonly port: number;
  /** Kills it without a goodbye, as a crash would. */
  readonly kill: () => Promise<void>;
  /** Stops it from running, its connections left open, as a machine under water would. */
  readonly freeze: () => void;
  /** Lets it go on: it finds everything that was sent to it meanwhile. */
  readonly thaw: () => void;
}

/** What the server logs is shown when `PARLOUR_E2E_LOG` is set. */
const LOG = process.env.PARLOUR_E2E_LOG === undefined ? "ignore" : "inherit";

/** More of the server's environment, as `PARLOUR_*` variables. */
export type Settings = Readonly<Record<string, string>>;

/** Starts the binary and waits until it says where it listens; port 0 is any free one. */
export async function startServer(settings: Settings, port = 0): Promise<Server> {
  const dataDir = await mkdtemp(join(tmpdir(), "parlour-e2e-"));
  const child = spawn(BINARY, [], {
    env: {
      ...process.env,
      ...settings,
      PARLOUR_LISTEN: `127.0.0.1:${port}`,
      PARLOUR_DATA_DIR: dataDir,
    },
    stdio: ["ignore", "pipe", LOG],
  });
  const [url, bound] = await announcement(child);
  const kill = async (): Promise<void> => {
    const gone = once(child, "exit");
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await gone;
    }
    await rm(dataDir, { recursive: true, force: true });
  };
  return { url, port: bound, kill, freeze: () => child.kill("SIGSTOP"), thaw: () => child.kill("SIGCONT") };
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

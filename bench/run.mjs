/**
 * First figures: memory per idle connection, the binary's size, the time to a first answer.
 *
 *     npm run bench -w tests/wire        (or: node bench/run.mjs)
 *
 * It starts `target/release/parlour` (or PARLOUR_BIN) with rates off and writes what it finds into
 * bench/RESULTS.md. BENCH_CONNECTIONS and BENCH_STARTS change how much is done.
 */
import os from "node:os";
import { performance } from "node:perf_hooks";
import process from "node:process";

import { RawClient } from "./raw-client.mjs";
import { spreadMs } from "./generator.mjs";
import { writeSection } from "./results.mjs";
import { binaryBytes, Target } from "./target.mjs";

const CONNECTIONS = Number(process.env.BENCH_CONNECTIONS ?? 10_000);
const STARTS = Number(process.env.BENCH_STARTS ?? 20);
/** Connections that are opened at a time: less than a listener's backlog. */
const AT_ONCE = 200;
/** Connections of one source address, well under its ports. */
const PER_ADDRESS = 1_000;

/** Applies `task` to 0 … `count - 1`, some at a time. */
async function inBatches(count, task) {
  const results = [];
  for (let first = 0; first < count; first += AT_ONCE) {
    const batch = Array.from({ length: Math.min(AT_ONCE, count - first) }, (_, n) => task(first + n));
    results.push(...(await Promise.all(batch)));
  }
  return results;
}

/** The server's memory with nobody, with idle sockets, and with all of them in pair chats. */
async function measureMemory() {
  const settings = { LIMITS_ENABLED: false, MAX_CONNECTIONS: CONNECTIONS + 100 };
  const target = await Target.start(settings);
  const warm = await RawClient.connect(target);
  await warm.ask("get_room_status");
  warm.close();
  const nobody = await target.settledMemory();
  const source = (n) => `127.0.${1 + Math.floor(n / PER_ADDRESS)}.1`;
  const start = performance.now();
  const clients = await inBatches(CONNECTIONS, (n) => RawClient.connect(target, source(n)));
  const openMs = performance.now() - start;
  const idle = await target.settledMemory();
  await inBatches(CONNECTIONS, (n) => clients[n].ask("start_chat", `Guest ${n}`));
  const chatting = await target.settledMemory();
  for (const client of clients) client.close();
  await target.stop();
  return { nobody, idle, chatting, openMs };
}

/** From making the process to the first 200 of /healthz, and from connecting to the first answer. */
async function measureStarts() {
  const health = [];
  const answers = [];
  for (let n = 0; n < STARTS; n += 1) {
    const target = await Target.start({});
    if ((await target.get("/healthz")) !== 200) throw new Error("/healthz is not well");
    health.push(performance.now() - target.spawnedAt);
    const start = performance.now();
    const client = await RawClient.connect(target);
    await client.ask("start_chat", "Ann");
    answers.push(performance.now() - start);
    client.close();
    await target.stop();
  }
  return { health, answers };
}

const times = (values) => spreadMs(values, 1);
const mb = (kb) => `${(kb / 1_024).toFixed(1)} MB`;

/** The figures as a section of RESULTS.md. */
function section({ memory, starts }) {
  const { nobody, idle, chatting, openMs } = memory;
  const each = (state) => ((state.rss - nobody.rss) / CONNECTIONS).toFixed(2);
  const row = (name, state) =>
    `| ${name} | ${mb(state.rss)} | ${mb(state.pss)} | ${state === nobody ? "" : each(state)} |`;
  const cores = os.cpus();
  const count = CONNECTIONS.toLocaleString("en");
  return [
    "## Idle connections, size, first answer",
    "",
    `Made by \`npm run bench -w tests/wire\` on ${new Date().toISOString().slice(0, 10)}: ` +
      `${cores.length} cores (${cores[0].model.trim()}), Linux ${os.release()}, ` +
      `Node ${process.versions.node} as the client on the same machine, rates off.`,
    "",
    "| state of the server | resident | proportional (PSS) | KB per connection |",
    "| --- | --- | --- | --- |",
    row("nobody there", nobody),
    row(`${count} idle WebSocket connections, each in the namespace`, idle),
    row(`the same, each in a pair chat (${(CONNECTIONS / 2).toLocaleString("en")} rooms)`, chatting),
    "",
    "KB per connection is resident memory above that of an empty server that has had one client; the " +
      "kernel's own memory for a TCP connection is not in it. Each figure is read once the memory " +
      "has not moved by more than 0.5 % for two seconds.",
    "",
    `- All ${count} connections were open, and let in, after ${(openMs / 1_000).toFixed(1)} s.`,
    `- Size of the binary, the web client in it: ${(binaryBytes() / 1_048_576).toFixed(2)} MiB.`,
    `- From making the process to the first 200 of \`/healthz\`: ${times(starts.health)}, ` +
      `median of ${STARTS} starts.`,
    "- From opening a TCP connection to the callback of `start_chat` (WebSocket, on a fresh server): " +
      `${times(starts.answers)}.`,
  ].join("\n");
}

binaryBytes();
const starts = await measureStarts();
const text = section({ memory: await measureMemory(), starts });
writeSection("idle", text);
process.stdout.write(`${text}\n`);

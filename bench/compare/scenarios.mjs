/**
 * What is measured. A scenario is a command of the load generator with its options, the servers that
 * take part, and what its table shows.
 */

const EVERYBODY = ["parlour", "engine", "node", "bun", "socketioxide", "floor"];
const FAST = ["parlour", "engine", "socketioxide", "floor"];
const PAIRING = ["parlour", "node", "bun", "socketioxide"];

/** Before it is measured, and measured, in seconds. */
const LOAD = { settle: 1, warmup: 2, seconds: 6, drain: 2 };
/** No room, no messages: the memory is read after `settle`. */
const IDLE = { "room-size": 100, settle: 4, seconds: 0 };

const MEMORY = ["idleKb", "memoryMb"];
const CPU = ["userUs", "kernelUs", "cpuUs", "perSecond", "missing"];
const ACKNOWLEDGED = [
  "acksPerSecond",
  "unacknowledged",
  "ackP50",
  "ackP99",
  "p99",
  "missing",
  "serverCpu",
  "generatorCpu",
];
const DELIVERY = ["perSecond", "missing", "p50", "p99", "serverCpu", "generatorCpu"];

/**
 * @typedef {{id: string, title: string, dialect: "rooms" | "pairs", servers: string[], command: string,
 *   options: object, variants?: Record<string, object>, columns: string[], isShared?: boolean}} Scenario
 * `isShared`: server and generator have both cores together, not one each.
 */

/**
 * Each message is acknowledged to its sender, who does not listen, and heard by one other.
 * @param {string} id
 * @param {number} rate messages a second
 * @param {{isMost?: boolean, isShared?: boolean}} [options] `isMost`: it is more than the server can do
 * @returns {Scenario}
 */
function durable(id, rate, { isMost = false, isShared = false } = {}) {
  const where = isShared ? "server and generator together on both cores" : "the server on one core";
  const load = `${rate.toLocaleString("en")} messages/s${isMost ? " asked for" : ""}`;
  return {
    id,
    title: `Durable, end to end: 500 senders, one listener a room, ${where}, ${load}`,
    dialect: "rooms",
    servers: ["parlour"],
    command: "rooms",
    options: { ...LOAD, connections: 500, "room-size": 1, senders: 500, acks: true, rate },
    columns: ACKNOWLEDGED,
    isShared,
  };
}

/** @type {Scenario[]} */
export const SCENARIOS = [
  {
    id: "idle-2000",
    title: "Idle: 2,000 connections in rooms of 100",
    dialect: "rooms",
    servers: EVERYBODY,
    command: "idle",
    options: { ...IDLE, connections: 2_000 },
    columns: MEMORY,
  },
  {
    id: "idle-18000",
    title: "Idle: 18,000 connections in rooms of 100",
    dialect: "rooms",
    servers: EVERYBODY,
    command: "idle",
    options: { ...IDLE, connections: 18_000, ramp: 4_000 },
    columns: MEMORY,
  },
  {
    id: "cpu",
    title: "80,000 deliveries/s: 2,000 connections in rooms of 100",
    dialect: "rooms",
    servers: EVERYBODY,
    command: "rooms",
    // Longer: the kernel tells user from kernel time by looking 100 to 1,000 times a second. At random
    // moments, or it looks at the same ones of each message.
    options: { ...LOAD, seconds: 16, connections: 2_000, "room-size": 100, rate: 800, jitter: true },
    columns: [...CPU, "p99"],
  },
  {
    id: "busy",
    title: "400,000 deliveries/s: 2,000 connections in rooms of 100",
    dialect: "rooms",
    // Half of it is the most that the other two can do.
    servers: FAST,
    command: "rooms",
    options: { ...LOAD, connections: 2_000, "room-size": 100, rate: 4_000 },
    columns: DELIVERY,
  },
  {
    id: "million",
    title: "1,000,000 deliveries/s asked for: 2,000 connections in rooms of 100",
    dialect: "rooms",
    servers: EVERYBODY,
    command: "rooms",
    options: { ...LOAD, connections: 2_000, "room-size": 100, rate: 10_000 },
    columns: DELIVERY,
  },
  {
    id: "saturation",
    title: "2,000,000 deliveries/s asked for: 2,000 connections in rooms of 100",
    dialect: "rooms",
    // The other two have reached their most far below.
    servers: FAST,
    command: "rooms",
    options: { ...LOAD, connections: 2_000, "room-size": 100, rate: 20_000 },
    columns: DELIVERY,
  },
  {
    id: "one-room",
    title: "One room of 5,000, 40 messages/s: 200,000 deliveries/s",
    dialect: "rooms",
    servers: EVERYBODY,
    command: "one-room",
    options: { ...LOAD, connections: 5_000, ramp: 4_000, rate: 40 },
    columns: DELIVERY,
  },
  {
    id: "pairs",
    title: "Pairs: 2,000 connections, 10 messages/s a pair",
    dialect: "pairs",
    servers: PAIRING,
    command: "pairs",
    options: { ...LOAD, connections: 2_000, rate: 10 },
    columns: ["p50", "p99", "missing", "userUs", "kernelUs", "cpuUs"],
  },
  {
    id: "storm",
    title: "Connect storm: 10,000 connections, each up to the answer to `join_room`",
    dialect: "rooms",
    servers: EVERYBODY,
    command: "storm",
    options: { "room-size": 100, settle: 0, seconds: 0, connections: 10_000 },
    columns: ["connects", "failed", "firstEventP50", "firstEventP99"],
  },
  {
    id: "stalled",
    title: "Readers that stopped reading: 500 connections in rooms of 100, texts of 4,000 bytes",
    dialect: "rooms",
    servers: ["parlour", "engine"],
    command: "rooms",
    // Large texts, and a longer warm-up: the kernel takes some 2.5 MB for each stalled reader before
    // the server has to.
    options: {
      ...LOAD,
      warmup: 8,
      connections: 500,
      "room-size": 100,
      rate: 500,
      "text-bytes": 4_000,
    },
    variants: { nobody: { stalled: 0 }, "a fifth": { stalled: 0.2 } },
    columns: ["perSecond", "missing", "p50", "p99", "memoryMb", "lost"],
  },
  durable("durable-shared", 21_000, { isMost: true, isShared: true }),
  durable("durable-shared-half", 10_000, { isShared: true }),
  durable("durable", 21_000, { isMost: true }),
  durable("durable-half", 10_000),
];

/** How much is done: the whole, or something that only shows that everything works. */
const SIZES = {
  full: (options) => options,
  quick: (options) => ({
    ...options,
    connections: Math.min(options.connections, 200),
    ...(options.senders === undefined ? {} : { senders: Math.min(options.connections, 200) }),
    ...(options.rate === undefined ? {} : { rate: Math.min(options.rate, 100) }),
    ...scaledTimes(options, { settle: 0.2, warmup: 0.2, seconds: 0.5, drain: 1 }),
  }),
  smoke: (options) => ({
    ...options,
    connections: 50,
    ...(options["room-size"] > 10 ? { "room-size": 10 } : {}),
    ...(options.senders === undefined ? {} : { senders: 50 }),
    ...(options.rate === undefined ? {} : { rate: Math.min(options.rate, 50) }),
    ...scaledTimes(options, { settle: 0, warmup: 0.1, seconds: 0.3, drain: 2 }),
  }),
};

/** Shorter times for what has one; zero stays zero. */
function scaledTimes(options, times) {
  const shorter = Object.entries(times).filter(([name]) => options[name]);
  return Object.fromEntries(shorter);
}

/** The single runs of one round of a scenario: one for each server, or for each of its variants. */
export function cellsOf(scenario, { size, servers }) {
  const present = scenario.servers.filter((id) => servers.includes(id));
  const variants = Object.entries(scenario.variants ?? { "": {} });
  return present.flatMap((server) =>
    variants.map(([variant, more]) => ({
      server,
      variant,
      key: variant === "" ? server : `${server}, ${variant} stalled`,
      options: SIZES[size]({ ...scenario.options, ...more }),
    })),
  );
}

/** Options as the generator's command line wants them; `true` is a switch. */
export const argumentsOf = (options) =>
  Object.entries(options).flatMap(([name, value]) =>
    value === true ? [`--${name}`] : [`--${name}`, String(value)],
  );

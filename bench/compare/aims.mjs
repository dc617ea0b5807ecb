/** What was aimed at, and the first measurements that the peers' figures are held against. */

import { shown } from "./figures.mjs";

const PEERS = ["node", "bun", "socketioxide"];

/** What the engine is held to, and Parlour on it: it checks and stores each message besides. */
const ENGINE = { id: "engine", slack: 1 };
const PARLOUR = { id: "parlour", slack: 1.15 };

const rounded = (value) => Number(value.toPrecision(4));
const atMost = (limit) => (slack) => {
  const most = rounded(limit * slack);
  return { text: `at most ${most}`, isMet: (value) => value <= most };
};
const atLeast = (limit) => (slack) => {
  const least = rounded(limit / slack);
  return { text: `at least ${least}`, isMet: (value) => value >= least };
};
const above = (limit) => (slack) => {
  const least = rounded(limit / slack);
  return { text: `above ${least}`, isMet: (value) => value > least };
};
const below = (limit) => () => ({ text: `below ${limit}`, isMet: (value) => value < limit });
/** Of what only Parlour is held to: no slack. */
const noLess = (least) => () => ({
  text: `at least ${least.toLocaleString("en")}`,
  isMet: (value) => value >= least,
});

/**
 * `get(scenario, key, figure)` is a median, `undefined` where it was not measured. Each aim has a value
 * of one or several of them, for the server `us`, which is `undefined` or NaN if one is missing.
 */
const ours = (scenario, figure) => (get, us) => get(scenario, us, figure);
const theirsByOurs = (peer, scenario, figure) => (get, us) =>
  get(scenario, peer, figure) / get(scenario, us, figure);
const oursByTheirs = (peer, scenario, figure) => (get, us) =>
  get(scenario, us, figure) / get(scenario, peer, figure);
/** Ours by the best peer's; the best is the least, or the greatest. */
const oursByBest = (scenario, figure, best) => (get, us) =>
  get(scenario, us, figure) / best(...PEERS.map((peer) => get(scenario, peer, figure)));
/** The most that one delivers, whatever it was asked for: some do less the more they are asked for. */
const most = (get, id) => {
  const values = ["million", "saturation"].map((scenario) => get(scenario, id, "perSecond"));
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
};
const mostOursByTheirs = (peer) => (get, us) => most(get, us) / most(get, peer);

const ROOMS = [
  ["KB an idle connection, at 18,000", ours("idle-18000", "idleKb"), atMost(2.5)],
  ["… Node ÷ ours, at 18,000", theirsByOurs("node", "idle-18000", "idleKb"), atLeast(5)],
  ["… Node ÷ ours, at 2,000", theirsByOurs("node", "idle-2000", "idleKb"), atLeast(10)],
  ["… Bun ÷ ours, at 18,000", theirsByOurs("bun", "idle-18000", "idleKb"), atLeast(4)],
  ["… socketioxide ÷ ours, at 18,000", theirsByOurs("socketioxide", "idle-18000", "idleKb"), atLeast(12)],
  ["user CPU a delivery at 80,000/s, ours ÷ socketioxide", oursByTheirs("socketioxide", "cpu", "userUs"), atMost(0.3)],
  ["… ours ÷ Node", oursByTheirs("node", "cpu", "userUs"), atMost(0.2)],
  ["all CPU a delivery at 80,000/s, ours ÷ Node", oursByTheirs("node", "cpu", "cpuUs"), atMost(0.6)],
  ["… ours ÷ socketioxide", oursByTheirs("socketioxide", "cpu", "cpuUs"), atMost(0.8)],
  ["… ours ÷ Bun", oursByTheirs("bun", "cpu", "cpuUs"), atMost(0.8)],
  ["deliveries/s at saturation, ours ÷ Node", mostOursByTheirs("node"), atLeast(7)],
  ["… ours ÷ Bun", mostOursByTheirs("bun"), atLeast(4)],
  ["… ours ÷ socketioxide", mostOursByTheirs("socketioxide"), atLeast(1)],
  ["p99 at 400,000/s, ours ÷ socketioxide", oursByTheirs("socketioxide", "busy", "p99"), atMost(0.25)],
  ["p99 in one room of 5,000, ours ÷ the best peer", oursByBest("one-room", "p99", Math.min), atMost(0.7)],
  ["connect storm, connections/s, ours ÷ the best peer", oursByBest("storm", "connects", Math.max), above(1)],
  [
    "a fifth stalled: the others' p99 ÷ without",
    (get, us) => get("stalled", `${us}, a fifth stalled`, "p99") / get("stalled", `${us}, nobody stalled`, "p99"),
    atMost(1.5),
  ],
];

const PAIRS = [
  ["pairs: p50, ours ÷ the best peer", oursByBest("pairs", "p50", Math.min), below(1)],
  ["pairs: p99, ours ÷ the best peer", oursByBest("pairs", "p99", Math.min), below(1)],
];

const DURABLE = [
  ["durable messages/s, acknowledged, both cores for both", ours("durable-shared", "acksPerSecond"), noLess(20_000)],
  ["… at 10,000/s: p99 to the acknowledgement, ms", ours("durable-shared-half", "ackP99"), below(50)],
  ["durable messages/s, acknowledged, the server on one core", ours("durable", "acksPerSecond"), noLess(20_000)],
  ["… at 10,000/s, on one core: p99 to the acknowledgement, ms", ours("durable-half", "ackP99"), below(50)],
];

/** Whose aims they are, what they are called, and each with the server that it is for. */
const AIMS = [
  { title: "The engine alone", us: ENGINE, aims: ROOMS },
  {
    title: "Parlour, each message checked and stored: the engine's aims within 15 %, and its own",
    us: PARLOUR,
    aims: [...ROOMS, ...PAIRS, ...DURABLE],
  },
];

/**
 * The aims of each, with what was found; `value` is `undefined` where something was not measured. `least` and
 * `most` are the extremes of the rounds, each taken by itself.
 */
export const judged = (get, rounds) =>
  AIMS.map(({ title, us, aims }) => ({
    title,
    rows: aims.map(([name, valueOf, limitFor]) => {
      const limit = limitFor(us.slack);
      const value = valueOf(get, us.id);
      const isKnown = Number.isFinite(value);
      const each = rounds.map((round) => valueOf(round, us.id)).filter((one) => Number.isFinite(one));
      return {
        name,
        aim: limit.text,
        value: isKnown ? value : undefined,
        least: each.length > 0 ? Math.min(...each) : undefined,
        most: each.length > 0 ? Math.max(...each) : undefined,
        isMet: isKnown ? limit.isMet(value) : undefined,
      };
    }),
  }));

/** Of the peers, before Parlour's engine was written: [scenario, peer, figure, value]. */
const FIRST = [
  ["idle-2000", "node", "idleKb", 27],
  ["idle-18000", "node", "idleKb", 13],
  ["idle-2000", "bun", "idleKb", 21],
  ["idle-18000", "bun", "idleKb", 10],
  ["idle-2000", "socketioxide", "idleKb", 30],
  ["idle-18000", "socketioxide", "idleKb", 30],
  ["cpu", "node", "userUs", 4.4],
  ["cpu", "node", "kernelUs", 5.9],
  ["cpu", "bun", "userUs", 2.4],
  ["cpu", "bun", "kernelUs", 5.8],
  ["cpu", "socketioxide", "userUs", 2.8],
  ["cpu", "socketioxide", "kernelUs", 5.0],
  ["busy", "bun", "perSecond", 216_000],
  ["busy", "socketioxide", "perSecond", 395_000],
  ["busy", "socketioxide", "p99", 158],
  ["million", "node", "perSecond", 124_000],
  ["million", "node", "p99", 3_400],
  ["million", "bun", "perSecond", 225_000],
  ["million", "socketioxide", "perSecond", 1_000_000],
  ["million", "socketioxide", "p99", 208],
];

/** The peers' first figures beside those of now; `off` is the difference as a share. */
export const besideFirst = (get) =>
  FIRST.map(([scenario, peer, figure, first]) => {
    const now = get(scenario, peer, figure);
    return { scenario, peer, figure, first, now, off: now === undefined ? undefined : now / first - 1 };
  });

/** As many digits as the limits have: a figure beside its limit is not to be rounded onto it. */
export const shownValue = (value) =>
  value === undefined ? "not measured" : shown(value, value < 10 ? 3 : 2);

/** From the generator's report to figures, and from the figures of several rounds to one. */

const MS = { unit: "ms", digits: 2 };

/** What a table can show: its heading, and how it is found in the generator's report. */
export const FIGURES = {
  idleKb: { name: "KB a connection", digits: 2, of: (r) => r.server?.idle_kb_per_connection },
  memoryMb: { name: "PSS at the end, MB", digits: 1, of: (r) => r.server?.memory_end?.pss_kb / 1_024 },
  userUs: { name: "user, µs a delivery", digits: 2, of: (r) => r.server?.user_us_per_delivery },
  kernelUs: { name: "kernel, µs", digits: 2, of: (r) => r.server?.kernel_us_per_delivery },
  cpuUs: {
    name: "all, µs",
    digits: 2,
    of: (r) => r.server?.user_us_per_delivery + r.server?.kernel_us_per_delivery,
  },
  perSecond: { name: "deliveries/s", digits: 0, of: (r) => r.messages?.deliveries_per_second },
  missing: {
    name: "missing, %",
    digits: 2,
    of: (r) => (100 * r.messages?.deliveries_missing) / r.messages?.deliveries_expected,
  },
  p50: { ...MS, name: "p50, ms", of: (r) => r.messages?.latency_ms?.p50 },
  p99: { ...MS, name: "p99, ms", of: (r) => r.messages?.latency_ms?.p99 },
  acksPerSecond: { name: "acknowledged/s", digits: 0, of: (r) => r.messages?.acks?.per_second },
  unacknowledged: {
    name: "not acknowledged, %",
    digits: 2,
    of: ({ messages }) => (100 * (messages?.acks?.expected - messages?.acks?.received)) / messages?.acks?.expected,
  },
  ackP50: { ...MS, name: "to the acknowledgement p50, ms", of: (r) => r.messages?.acks?.latency_ms?.p50 },
  ackP99: { ...MS, name: "p99, ms", of: (r) => r.messages?.acks?.latency_ms?.p99 },
  serverCpu: { name: "server, % of a core", digits: 0, of: (r) => 100 * r.server?.cpu },
  generatorCpu: { name: "generator, %", digits: 0, of: (r) => 100 * r.messages?.generator_cpu },
  connects: { name: "connections/s", digits: 0, of: (r) => r.connections.per_second },
  firstEventP50: { ...MS, name: "first event p50, ms", of: (r) => r.connections.first_event_ms?.p50 },
  firstEventP99: { ...MS, name: "p99, ms", of: (r) => r.connections.first_event_ms?.p99 },
  failed: { name: "failed", digits: 0, of: (r) => r.connections.failed },
  lost: { name: "connections lost", digits: 0, of: (r) => r.connections.lost },
};

/** Every figure that a report has. */
export function figuresOf(report) {
  const all = Object.entries(FIGURES).map(([id, figure]) => [id, figure.of(report)]);
  return Object.fromEntries(all.filter(([, value]) => Number.isFinite(value)));
}

/** The middle one, or the mean of the two in the middle. */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Of each figure: the median of the rounds, the least and the greatest. */
export function summary(runs) {
  const good = runs.filter((run) => run.figures !== undefined);
  const ids = new Set(good.flatMap((run) => Object.keys(run.figures)));
  const of = (id) => good.map((run) => run.figures[id]).filter((value) => value !== undefined);
  const entries = [...ids].map((id) => {
    const values = of(id);
    return [id, { median: median(values), min: Math.min(...values), max: Math.max(...values) }];
  });
  return Object.fromEntries(entries);
}

/** A number as it is read by people. */
export const shown = (value, digits) =>
  value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });

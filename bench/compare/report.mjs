/** What was found, as tables for people. */
import { besideFirst, judged, shownValue } from "./aims.mjs";
import { FIGURES, shown, summary } from "./figures.mjs";
import { SCENARIOS } from "./scenarios.mjs";
import { serverOf } from "./servers.mjs";

/** Above this many cores' worth of others' work a run counts as disturbed. */
export const DISTURBED_CORES = 0.1;

const table = (head, rows) =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

/** `get(scenario, key, figure)`: the median of its rounds. */
export function medians(scenarios) {
  const found = Object.entries(scenarios).map(([id, { runs }]) => {
    return [id, new Map([...grouped(runs)].map(([key, of]) => [key, summary(of)]))];
  });
  const byId = new Map(found);
  return (scenario, key, figure) => byId.get(scenario)?.get(key)?.[figure]?.median;
}

/** The runs of each cell, in order. */
function grouped(runs) {
  const cells = new Map();
  for (const run of runs) cells.set(run.key, [...(cells.get(run.key) ?? []), run]);
  return cells;
}

function label(key) {
  const [id, ...variant] = key.split(", ");
  return [serverOf(id)?.name ?? id, ...variant].join(", ");
}

function cell(figure, { digits }) {
  if (figure === undefined) return "-";
  const { median, min, max } = figure;
  const of = (value) => shown(value, digits);
  return of(min) === of(max) ? of(median) : `${of(median)} (${of(min)} to ${of(max)})`;
}

/** The aims, and whether they are met. */
export function aimsTable(get) {
  const rows = judged(get).map(({ name, aim, value, isMet }) => [
    name,
    aim,
    shownValue(value),
    isMet === undefined ? "-" : isMet ? "met" : "**missed**",
  ]);
  return table(["what", "aim", "figure", ""], rows);
}

/** A scenario's servers, one a line. */
export function scenarioTable({ columns }, runs) {
  const rows = [...grouped(runs)].map(([key, of]) => {
    const figures = summary(of);
    return [label(key), ...columns.map((id) => cell(figures[id], FIGURES[id]))];
  });
  return table(["", ...columns.map((id) => FIGURES[id].name)], rows);
}

/** The peers' figures beside the first measurements. */
export function firstTable(get) {
  const rows = besideFirst(get)
    .filter(({ now }) => now !== undefined)
    .map(({ scenario, peer, figure, first, now, off }) => [
      label(peer),
      `${FIGURES[figure].name}, ${scenario}`,
      shown(first, FIGURES[figure].digits),
      shown(now, FIGURES[figure].digits),
      `${off < 0 ? "−" : "+"}${Math.abs(100 * off).toFixed(0)} %`,
    ]);
  return table(["peer", "figure", "first", "now", "off by"], rows);
}

/** What makes figures doubtful: failed and disturbed runs, a generator at its limit. */
export function doubts(runs) {
  const failed = runs.flatMap(({ key, first, error }) => [
    ...(first ? [`${label(key)}, done once more, because at first: ${first}`] : []),
    ...(error ? [`${label(key)}: ${error}`] : []),
  ]);
  const disturbed = runs.filter(({ others }) => others > DISTURBED_CORES);
  const worst = Math.max(...disturbed.map(({ others }) => others));
  const said = runs.flatMap(({ key, warnings }) =>
    (warnings ?? []).map((warning) => `${label(key)}: ${warning}`),
  );
  const count = disturbed.length;
  return [
    ...new Set(failed),
    ...(count === 0
      ? []
      : [`${count} of ${runs.length} runs were disturbed: others used up to ${worst.toFixed(2)} cores.`]),
    ...new Set(said),
  ];
}

/** The section of RESULTS.md. */
export function section({ machine, versions, scenarios }) {
  const get = medians(scenarios);
  const servers = Object.entries(versions).map(([id, version]) => `${serverOf(id).name}: ${version}`);
  const parts = SCENARIOS.filter(({ id }) => scenarios[id]).map((scenario) => {
    const { runs, rounds, date, revision } = scenarios[scenario.id];
    const doubtful = doubts(runs).map((line) => `- ${line}`);
    return [
      `### ${scenario.title}`,
      scenarioTable(scenario, runs),
      `${date}, ${rounds === 1 ? "one round" : `${rounds} rounds`}, commit ${revision}.`,
      ...(doubtful.length > 0 ? [doubtful.join("\n")] : []),
    ].join("\n\n");
  });
  return [
    "## Beside its peers",
    `Made by \`make bench\` on ${machine.cores} cores (${machine.model}), Linux ${machine.kernel}: the ` +
      "server on one core, the load generator on the other. Medians of the rounds, and in brackets the " +
      "least and the greatest. How it is measured: [README.md](README.md).",
    servers.map((server) => `- ${server}`).join("\n"),
    aimsTable(get),
    ...parts,
    "### The peers beside the first measurements",
    firstTable(get),
  ].join("\n\n");
}

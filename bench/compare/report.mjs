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
function medians(scenarios) {
  const found = Object.entries(scenarios).map(([id, { runs }]) => {
    return [id, new Map([...grouped(runs)].map(([key, of]) => [key, summary(of)]))];
  });
  const byId = new Map(found);
  return (scenario, key, figure) => byId.get(scenario)?.get(key)?.[figure]?.median;
}

/** The same for each round by itself. */
function byRound(scenarios) {
  const rounds = Math.max(0, ...Object.values(scenarios).map((scenario) => scenario.rounds));
  return Array.from({ length: rounds }, (_, round) => {
    const one = Object.entries(scenarios).map(([id, { runs }]) => [
      id,
      { runs: runs.filter((run) => run.round === round + 1) },
    ]);
    return medians(Object.fromEntries(one));
  });
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

/** The aims, and whether they are met by the medians; beside that the same of each round by itself. */
export function aimsTable(scenarios) {
  const tables = judged(medians(scenarios), byRound(scenarios)).map(({ title, rows }) => {
    const cells = rows.map(({ name, aim, value, isMet, least, most }) => [
      name,
      aim,
      shownValue(value),
      least === undefined ? "-" : `${shownValue(least)} to ${shownValue(most)}`,
      isMet === undefined ? "-" : isMet ? "met" : "**missed**",
    ]);
    return `${title}:\n\n${table(["what", "aim", "of the medians", "of the rounds", ""], cells)}`;
  });
  return tables.join("\n\n");
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
export function section({ versions, scenarios }) {
  const get = medians(scenarios);
  const servers = Object.entries(versions).map(([id, version]) => `${serverOf(id).name}: ${version}`);
  const parts = SCENARIOS.filter(({ id }) => scenarios[id]).map((scenario) => {
    const { runs, rounds, date, revision, machine } = scenarios[scenario.id];
    const doubtful = doubts(runs).map((line) => `- ${line}`);
    return [
      `### ${scenario.title}`,
      scenarioTable(scenario, runs),
      `${date}, ${rounds === 1 ? "one round" : `${rounds} rounds`}, commit ${revision}, on ` +
        `${machine.cores} cores (${machine.model}), Linux ${machine.kernel}.`,
      ...(doubtful.length > 0 ? [doubtful.join("\n")] : []),
    ].join("\n\n");
  });
  return [
    "## Beside its peers",
    "Made by `make bench`: the server on one core, the load generator on the other, unless it is said above the " +
      "table that both have both. Medians of the rounds, " +
      "and in brackets the least and the greatest. All servers of a table were measured on one machine, in " +
      "turn; which, is said below it. How it is measured: [README.md](README.md).",
    servers.map((server) => `- ${server}`).join("\n"),
    aimsTable(scenarios),
    ...parts,
    "### The peers beside the first measurements",
    firstTable(get),
  ].join("\n\n");
}

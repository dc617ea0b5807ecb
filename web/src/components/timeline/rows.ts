import type { Line } from "../../model/line.ts";

/** Lines of one person within this time stand together. */
const GROUP_MS = 5 * 60_000;

/** A line and where it stands in its group. */
export interface Row {
  readonly line: Line;
  readonly first: boolean;
  readonly last: boolean;
}

/** The row at `index`; looks at its neighbours only, so that a long list costs nothing. */
export function rowAt(lines: readonly Line[], index: number): Row | undefined {
  const line = lines[index];
  if (line === undefined) return undefined;
  return {
    line,
    first: !together(lines[index - 1], line),
    last: !together(line, lines[index + 1]),
  };
}

function together(before: Line | undefined, after: Line | undefined): boolean {
  if (before === undefined || after === undefined) return false;
  if (before.mine !== after.mine || before.author !== after.author) return false;
  return Math.abs(after.at - before.at) < GROUP_MS;
}

/** Rows outside the view that are kept ready, each way: some 60 in the page at the most. */
const MOST_ROWS = 12;
/** As high as two frames of the fastest scrolling: beyond it, long messages would be laid out for nothing. */
const ENOUGH_PX = 1_200;

interface InView {
  readonly startIndex: number;
  readonly endIndex: number;
  readonly count: number;
}

/** The rows in view and those that are kept ready around them: many low ones, or a few high ones. */
export function rowsNear({ startIndex, endIndex, count }: InView, heightAt: (index: number) => number): number[] {
  const from = Math.max(startIndex - readyRows(startIndex, -1, count, heightAt), 0);
  const to = Math.min(endIndex + readyRows(endIndex, 1, count, heightAt), count - 1);
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}

function readyRows(edge: number, step: -1 | 1, count: number, heightAt: (index: number) => number): number {
  let height = 0;
  let rows = 0;
  for (let index = edge + step; index >= 0 && index < count && rows < MOST_ROWS && height < ENOUGH_PX; index += step) {
    height += heightAt(index);
    rows += 1;
  }
  return rows;
}

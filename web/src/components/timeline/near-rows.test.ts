import { describe, expect, it } from "vitest";
import { rowsNear } from "./near-rows.ts";

describe("rowsNear", () => {
  const near = (startIndex: number, endIndex: number, heights: readonly number[]): (number | undefined)[] => {
    const rows = rowsNear({ startIndex, endIndex, count: heights.length }, (index) => heights[index]!);
    expect(rows).toEqual(rows.map((_, at) => rows[0]! + at));
    return [rows[0], rows.at(-1)];
  };
  const low = Array.from({ length: 100 }, () => 46);
  const high = Array.from({ length: 100 }, () => 1_600);

  it("keeps many low rows ready, and one high one", () => {
    expect(near(40, 50, low)).toEqual([28, 62]);
    expect(near(40, 40, high)).toEqual([39, 41]);
    expect(near(50, 50, [...low.slice(0, 47), 1_600, ...low.slice(0, 3), 1_600, ...low])).toEqual([47, 51]);
  });

  it("ends where the rows end", () => {
    expect(near(0, 10, low)).toEqual([0, 22]);
    expect(near(0, 0, [46])).toEqual([0, 0]);
    expect(near(99, 99, high)).toEqual([98, 99]);
  });
});

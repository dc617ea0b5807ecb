import { describe, expect, it } from "vitest";
import { clockTime, shortMoment } from "./moments.ts";

describe("moments", () => {
  it("are told by the clock without a zero that nobody says", () => {
    const early = new Date(2026, 0, 5, 1, 8);
    const today = new Date(2026, 0, 5).getTime();
    expect(clockTime(early)).toMatch(/1.08/u);
    expect(clockTime(early)).not.toMatch(/^0\d.\d\d\s?[ap]/iu);
    expect(shortMoment(early.getTime(), today)).toBe(clockTime(early));
  });
});

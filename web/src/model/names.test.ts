import { describe, expect, it } from "vitest";
import { othersName } from "./names.ts";

describe("othersName", () => {
  it.each([
    ["You", "“You”"],
    ["yOU", "“yOU”"],
    ["Ｙｏｕ", "“Ｙｏｕ”"],
    ["“You”", "“You”"],
    ["Young", "Young"],
    ["Ada Lovelace", "Ada Lovelace"],
  ])("of %j is %j", (name, shown) => {
    expect(othersName(name)).toBe(shown);
  });
});

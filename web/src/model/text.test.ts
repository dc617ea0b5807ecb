import { describe, expect, it } from "vitest";
import { checkText } from "./text.ts";

describe("checkText", () => {
  it.each([
    ["", { kind: "empty" }],
    [" \n\t", { kind: "empty" }],
    ["hi", { kind: "fits", left: 3_998 }],
    ["x".repeat(4_000), { kind: "fits", left: 0 }],
    ["x".repeat(4_001), { kind: "too_long", over: 1 }],
    ["🙂".repeat(4_000), { kind: "fits", left: 0 }],
    ["🙂".repeat(4_002), { kind: "too_long", over: 2 }],
    ["a\r\n".repeat(2_000), { kind: "fits", left: 0 }],
  ])("counts scalar values", (text, expected) => {
    expect(checkText(text)).toEqual(expected);
  });
});

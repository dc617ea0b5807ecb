import { describe, expect, it } from "vitest";
import { checkText, directionOf } from "./text.ts";

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
    ["a\r".repeat(2_000) + "\ud83d\n\ude42", { kind: "too_long", over: 3 }],
    ["lorem ipsum ".repeat(90_000), { kind: "too_long", over: 1_076_000 }],
  ])("counts scalar values", (text, expected) => {
    expect(checkText(text)).toEqual(expected);
  });

  // Zero-width space, joiner, no-break space; word joiner, soft hyphen; fillers; variation
  // selector, tag; the empty Braille cell, next line, byte order mark. They could be sent.
  it.each(["\u200b", "\u200d\ufeff", "\u2060\u00ad", "\u115f\u3164\uffa0", "\ufe0f\u{e0041}", "\u2800 \u0085\ufeff\n", "\ufff9\ufffc\u{13430}\u{16fe4}\u{1d159}"])(
    "takes a line that shows nothing for empty: %j",
    (text) => {
      expect(checkText(text)).toEqual({ kind: "empty" });
    },
  );

  it.each(["❤\ufe0f", "\u200bhi\u200b", "👩\u200d👩", "\u0335", "ㅤ.ㅤ"])("leaves %j as it is", (text) => {
    expect(checkText(text).kind).toBe("fits");
  });
});

describe("directionOf", () => {
  it.each([
    ["Hello مرحبا", "ltr"],
    ["مرحبا Hello", "rtl"],
    ["1. “שלום”", "rtl"],
    ["2 + 2 = 4", "ltr"],
    ["", "ltr"],
  ])("of %j is that of its first letter", (text, direction) => {
    expect(directionOf(text)).toBe(direction);
  });
});

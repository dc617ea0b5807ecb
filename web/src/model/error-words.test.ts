import { expect, it } from "vitest";
import { errorWords } from "./error-words.ts";

it.each([
  ["rate_limited", 48, "That was too fast: wait a moment, then try again."],
  ["rate_limited", null, "That was too fast: wait a moment, then try again."],
  ["rate_limited", 2_500, "That was too fast: wait 3 s, then try again."],
  ["unavailable", 2_500, "Come back later."],
] as const)("says %s with a wait of %s ms", (code, retryAfterMs, expected) => {
  expect(errorWords({ code, message: "Come back later.", retryable: true, retryAfterMs })).toBe(expected);
});

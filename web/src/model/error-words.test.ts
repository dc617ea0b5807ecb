import { MALFORMED } from "@parlour/sdk/errors";
import { expect, it } from "vitest";
import { errorWords, unreachableWords } from "./error-words.ts";

it.each([
  ["rate_limited", 48, "That was too fast: wait a moment, then try again."],
  ["rate_limited", null, "That was too fast: wait a moment, then try again."],
  ["rate_limited", 2_500, "That was too fast: wait 3 s, then try again."],
  ["unavailable", 2_500, "Come back later."],
] as const)("says %s with a wait of %s ms", (code, retryAfterMs, expected) => {
  expect(errorWords({ code, message: "Come back later.", retryable: true, retryAfterMs })).toBe(expected);
});

it("says what to do about an answer that cannot be understood: in a page, that is to reload it", () => {
  expect(errorWords(MALFORMED)).toBe("The server’s answer could not be understood. Reload the page.");
  expect(MALFORMED.message).not.toMatch(/page/u);
});

it("says why there is no connection: that nobody answers, or what the server has answered", () => {
  expect(unreachableWords(null)).toBe("No connection to the server.");
  const message = "This account has too many connections: close one, then try again.";
  expect(unreachableWords({ code: "rate_limited", message, retryable: true, retryAfterMs: null })).toBe(message);
});

/**
 * Texts of messages, good and bad, the same in every dialect.
 */

/** Texts that arrive as they were sent, or as the second says. */
export const TEXTS = [
  ["hello"],
  ["x"],
  ["  not trimmed \n"],
  ["a\r\nb\rc\n", "a\nb\nc\n"],
  ["tab\there"],
  ["<script>alert(1)</script> &amp; <b>"],
  ["e\u0301 is not é"],
  ["👩‍👧 \u202e right to left"],
  ["x".repeat(4_000)],
  ["🦀".repeat(4_000)],
  ["\r\n".repeat(3_999) + "x", "\n".repeat(3_999) + "x"],
];

/** Texts that nobody gets to see, with the code that says so. */
export const NO_TEXTS = [
  ["", "invalid_payload"],
  [" \t\r\n\u3000", "invalid_payload"],
  ["\u200b", "invalid_payload"],
  ["\u2800 \ufeff\u2060\u3164", "invalid_payload"],
  ["a\0b", "invalid_payload"],
  ["\u001b[31m", "invalid_payload"],
  ["\u007f", "invalid_payload"],
  ["\ud800", "invalid_payload"],
  ["fine until \udc00 here", "invalid_payload"],
  ["x".repeat(4_001), "too_large"],
  ["🦀".repeat(4_001), "too_large"],
  [7, "invalid_payload"],
  [true, "invalid_payload"],
  [["hi"], "invalid_payload"],
  [{ text: "hi" }, "invalid_payload"],
];

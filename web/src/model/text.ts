/** The longest line that the server takes, in Unicode scalar values. */
export const MAX_TEXT_LENGTH = 4_000;

/**
 * What the server counts as invisible, for a character class: joiners, fillers, byte order marks,
 * and of what Unicode does not call ignorable the empty Braille cell, annotation and hieroglyph
 * format controls, the Khitan filler and the null notehead.
 */
export const INVISIBLE = String.raw`\u{16fe4}\p{Default_Ignorable_Code_Point}\u2800\ufff9-\ufffc\u{13430}-\u{1343f}\u{1d159}`;

const VISIBLE = new RegExp(String.raw`[^\p{White_Space}${INVISIBLE}]`, "u");

/** How a text stands with what the server takes. */
export type TextCheck =
  | { readonly kind: "empty" }
  | { readonly kind: "fits"; readonly left: number }
  | { readonly kind: "too_long"; readonly over: number };

/** Counts as the server does: scalar values, with CRLF and CR as one newline. */
export function checkText(text: string): TextCheck {
  if (!VISIBLE.test(text)) return { kind: "empty" };
  // As many scalar values as UTF-16 units at the most: a short text needs no counting.
  if (text.length * 2 <= MAX_TEXT_LENGTH) return { kind: "fits", left: MAX_TEXT_LENGTH - text.length };
  const length = Array.from(text.replace(/\r\n?/gu, "\n")).length;
  if (length > MAX_TEXT_LENGTH) return { kind: "too_long", over: length - MAX_TEXT_LENGTH };
  return { kind: "fits", left: MAX_TEXT_LENGTH - length };
}

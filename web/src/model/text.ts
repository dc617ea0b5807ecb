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
  const length = countScalars(text);
  if (length > MAX_TEXT_LENGTH) return { kind: "too_long", over: length - MAX_TEXT_LENGTH };
  return { kind: "fits", left: MAX_TEXT_LENGTH - length };
}

const FROM_RIGHT = /^\P{L}*[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Nko}\p{Script=Syriac}\p{Script=Thaana}]/u;

/** The direction of the first letter, as `dir="auto"` would find it. */
export function directionOf(text: string): "ltr" | "rtl" {
  return FROM_RIGHT.test(text) ? "rtl" : "ltr";
}

const HIGH_SURROGATE = { from: 0xd8_00, to: 0xdb_ff };
const LOW_SURROGATE = { from: 0xdc_00, to: 0xdf_ff };
const [CR, LF] = [13, 10];

/** One pass that makes nothing: somebody may have pasted a book. */
function countScalars(text: string): number {
  let count = text.length;
  let before = 0;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    const isPair = isWithin(unit, LOW_SURROGATE) && isWithin(before, HIGH_SURROGATE);
    if (isPair || (unit === LF && before === CR)) count -= 1;
    before = unit;
  }
  return count;
}

function isWithin(unit: number, { from, to }: { readonly from: number; readonly to: number }): boolean {
  return unit >= from && unit <= to;
}

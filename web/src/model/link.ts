/** A piece of a line: plain text, or an address that can be opened. */
export type Piece =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "link"; readonly text: string; readonly href: string };

const ADDRESS = /\b(?:https?:\/\/|www\.)[^\s<>"“”«»]+/giu;
/** What ends a sentence rather than an address. */
const TRAILING = /[.,;:!?'’…*_~]$/u;

/** Finds the web addresses in a text; everything else stays as it is, letter for letter. */
export function findLinks(text: string): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = trimmed(match[0]);
    const href = toHref(address);
    if (href === null) continue;
    if (match.index > from) pieces.push({ kind: "text", text: text.slice(from, match.index) });
    pieces.push({ kind: "link", text: address, href });
    from = match.index + address.length;
  }
  if (from < text.length) pieces.push({ kind: "text", text: text.slice(from) });
  return pieces;
}

/** Takes off the punctuation of the sentence, and a bracket that was opened before the address. */
function trimmed(address: string): string {
  let kept = address;
  for (;;) {
    const last = kept.at(-1) ?? "";
    const surplus = last === ")" && count(kept, ")") > count(kept, "(");
    if (!surplus && last !== "]" && !TRAILING.test(kept)) return kept;
    kept = kept.slice(0, -1);
  }
}

function count(text: string, letter: string): number {
  return text.split(letter).length - 1;
}

function toHref(address: string): string | null {
  const full = /^www\./iu.test(address) ? `https://${address}` : address;
  try {
    const url = new URL(full);
    return url.hostname.includes(".") || url.hostname === "localhost" ? url.href : null;
  } catch {
    return null;
  }
}

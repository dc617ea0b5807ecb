/** A piece of a line: plain text, or an address that can be opened. */
export type Piece =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "link"; readonly text: string; readonly href: string };

/**
 * What no address holds: quotation marks and what ends a clause where no space follows, and what nobody
 * sees or turns the line around: an address would read as another.
 */
const ENDS = String.raw`\s<>"“”«»。，、！？；：「」『』（）【】《》〈〉｡､｢｣\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff`;
const ADDRESS = new RegExp(String.raw`\b(?:https?:\/\/|www\.)[^${ENDS}]+`, "giu");
/** What ends a sentence, or a bracket before the address, rather than an address. */
const TRAILING = ".,;:!?'’…*_~]";

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
  let surplus = count(address, ")") - count(address, "(");
  let end = address.length;
  for (; end > 0; end -= 1) {
    const last = address.charAt(end - 1);
    if (last === ")" && surplus > 0) surplus -= 1;
    else if (!TRAILING.includes(last)) break;
  }
  return address.slice(0, end);
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

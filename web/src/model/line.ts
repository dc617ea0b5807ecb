import type { ParlourError } from "@parlour/sdk/errors";
import type { PairMessage } from "@parlour/sdk/pair-events";

/** How far one's own line has come; a partner's is always `sent`. */
export type LineStatus =
  | { readonly kind: "pending" }
  | { readonly kind: "sent" }
  | { readonly kind: "failed"; readonly error: ParlourError };

/** One line of a conversation, as it is shown. */
export interface Line {
  /** Stays the same from pending to sent: one's own `clientId`, else the server's id. */
  readonly key: string;
  readonly mine: boolean;
  readonly author: string;
  readonly text: string;
  /** Milliseconds since 1970; the server's clock once it is sent. */
  readonly at: number;
  readonly status: LineStatus;
}

/** Lines in order, the oldest first, and how many older ones were let go. */
export interface Lines {
  readonly rows: readonly Line[];
  readonly dropped: number;
}

/** No lines yet. */
export const NO_LINES: Lines = { rows: [], dropped: 0 };

/** How many lines a conversation keeps: 5,000 of at most 4,000 letters hold 40 MB at the worst. */
export const MAX_LINES = 5_000;

/** A line off the wire, seen by the one whose id in the room is `self`. */
export function lineFromWire(message: PairMessage, self: string | null): Line {
  const mine = message.socketId === self;
  return {
    key: mine ? (message.clientId ?? message.id) : message.id,
    mine,
    author: message.username,
    text: message.text,
    at: Date.parse(message.timestamp),
    status: { kind: "sent" },
  };
}

/** Adds a new line of one's own at the end. */
export function addOwn(lines: Lines, line: Line): Lines {
  return bounded([...lines.rows, line], lines.dropped);
}

/**
 * Takes in a line that the server has sent. A known one is confirmed where it stands; a new one
 * goes before one's own lines that are still under way, as the server has put it before them.
 */
export function receive(lines: Lines, line: Line): Lines {
  const known = lines.rows.findLastIndex((row) => row.key === line.key);
  if (known >= 0) return { ...lines, rows: lines.rows.with(known, line) };
  let at = lines.rows.length;
  while (at > 0 && lines.rows[at - 1]?.status.kind === "pending") at -= 1;
  return bounded(lines.rows.toSpliced(at, 0, line), lines.dropped);
}

/** Replaces the list with the server's, and keeps one's own that the server has not (yet) taken. */
export function replaceWith(lines: Lines, history: readonly Line[]): Lines {
  const keys = new Set(history.map((line) => line.key));
  const unsent = lines.rows.filter((row) => row.status.kind !== "sent" && !keys.has(row.key));
  return bounded([...history, ...unsent], 0);
}

/** Gives the line called `key` another status; the same lines if there is none. */
export function setStatus(lines: Lines, key: string, status: LineStatus): Lines {
  const at = lines.rows.findLastIndex((row) => row.key === key);
  const row = lines.rows[at];
  return row === undefined ? lines : { ...lines, rows: lines.rows.with(at, { ...row, status }) };
}

/** Moves the line called `key` to the end as pending, for a second attempt. */
export function resend(lines: Lines, key: string, at: number): Lines {
  const row = lines.rows.find((candidate) => candidate.key === key);
  if (row === undefined) return lines;
  const again: Line = { ...row, at, status: { kind: "pending" } };
  return addOwn(without(lines, key), again);
}

/** Takes a line out. */
export function without(lines: Lines, key: string): Lines {
  return { ...lines, rows: lines.rows.filter((row) => row.key !== key) };
}

/** Marks every line of one's own as not sent. */
export function failOwn(lines: Lines, error: ParlourError): Lines {
  const fail = (row: Line): Line => (row.mine ? { ...row, status: { kind: "failed", error } } : row);
  return { ...lines, rows: lines.rows.map(fail) };
}

function bounded(rows: readonly Line[], dropped: number): Lines {
  const surplus = Math.max(0, rows.length - MAX_LINES);
  return { rows: surplus === 0 ? rows : rows.slice(surplus), dropped: dropped + surplus };
}

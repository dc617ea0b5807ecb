import type { Placed } from "@parlour/sdk/message-log";
import { MAX_SEEN } from "@parlour/sdk/seen-messages";
import type { TimelineEntry } from "./timeline-rows.ts";

/** A page of messages, and as much again to be safe. */
const PAGE = 100;

/** The places that an entry stands for. */
interface Span {
  readonly from: number;
  readonly until: number;
}

/** Whether the page before these messages might cost what is drawn of them down to `lowest`. */
export function olderCosts<M extends Placed>(messages: readonly M[], lowest: TimelineEntry<M> | undefined): boolean {
  const [first, last] = [messages[0], messages.at(-1)];
  if (first === undefined || last === undefined || lowest === undefined) return false;
  return Math.min(spanOf(lowest).until, last.seq) - first.seq >= MAX_SEEN - PAGE;
}

/** Whether the page after these messages might cost what is drawn of them up to `highest`. */
export function newerCosts<M extends Placed>(messages: readonly M[], highest: TimelineEntry<M> | undefined): boolean {
  const [first, last] = [messages[0], messages.at(-1)];
  if (first === undefined || last === undefined || highest === undefined) return false;
  return last.seq - Math.max(spanOf(highest).from, first.seq) >= MAX_SEEN - PAGE;
}

function spanOf<M extends Placed>(entry: TimelineEntry<M>): Span {
  switch (entry.kind) {
    case "message":
      return { from: entry.message.seq, until: entry.message.seq };
    case "hidden":
      return entry.seq === null ? AT_END : { from: entry.seq, until: entry.seq + entry.keys.length - 1 };
    case "comings":
      return { from: entry.comings.afterSeq, until: entry.comings.afterSeq };
    case "beginning":
      return { from: 0, until: 0 };
    case "shown":
    case "outgoing":
      return AT_END;
  }
}

/** What is not stored is drawn with the newest messages, and goes with them. */
const AT_END: Span = { from: Number.POSITIVE_INFINITY, until: Number.POSITIVE_INFINITY };

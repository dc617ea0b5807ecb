import { takeOlder, trimmed, trimOlder, type MessageLog, type Placed } from "./message-log.ts";

/** A stretch of old messages that one looks at, with others between it and the newest that are known. */
export interface Past<M extends Placed> {
  /** In order of `seq`, without a gap. */
  readonly messages: readonly M[];
  /** Whether there are older ones than the first of `messages`. */
  readonly hasOlder: boolean;
}

/** What is known of a conversation: its end, which goes on, and what one looks at if that is elsewhere. */
export interface Known<M extends Placed> {
  readonly log: MessageLog<M>;
  /** `null`: one looks at the messages of `log`. */
  readonly past: Past<M> | null;
}

/** What is to be seen of a conversation. */
export interface Seen<M extends Placed> extends Past<M> {
  /** Whether there are newer ones than the last of `messages`. */
  readonly hasNewer: boolean;
}

/**
 * So many messages are seen at once at the most: ten screens. Who reads on lets go of them at the other
 * end, and asks for them again on the way back; 400 of 4,000 letters hold 3.2 MB.
 */
export const MAX_SEEN = 400;
/** How many of the newest stay known while one looks elsewhere: the way back to the end is one step. */
const KEPT_AT_END = 100;

/** What is to be seen. */
export function seenOf<M extends Placed>({ log, past }: Known<M>): Seen<M> {
  const { messages, hasOlder } = past ?? log;
  return { messages, hasOlder, hasNewer: past !== null };
}

/** Puts an older page before what is seen. Only what comes right before it counts. */
export function seeOlder<M extends Placed>({ log, past }: Known<M>, page: readonly M[], hasOlder: boolean): Known<M> {
  if (past !== null) return { log, past: firstOf(takeOlder(asLog(past), page, hasOlder)) };
  const longer = takeOlder(log, page, hasOlder);
  if (longer.messages.length <= MAX_SEEN) return { log: longer, past: null };
  return { log: trimOlder(longer, KEPT_AT_END), past: firstOf(longer) };
}

/** Puts a newer page after what is seen, which may lead back to the end. */
export function seeNewer<M extends Placed>({ log, past }: Known<M>, page: readonly M[]): Known<M> {
  const last = past?.messages.at(-1);
  if (past === null || last === undefined) return { log, past };
  const newer = page.filter(({ seq }) => seq > last.seq);
  if (newer.length > 0 && newer[0]?.seq !== last.seq + 1) return { log, past };
  const messages = [...past.messages, ...newer];
  const end = log.messages[0]?.seq ?? log.newest + 1;
  if ((newer.at(-1) ?? last).seq + 1 >= end) {
    const before = messages.filter(({ seq }) => seq < end);
    return { log: { ...log, messages: [...before, ...log.messages], hasOlder: past.hasOlder }, past: null };
  }
  const hasOlder = past.hasOlder || messages.length > MAX_SEEN;
  return { log, past: { messages: messages.slice(-MAX_SEEN), hasOlder } };
}

/** Lets go of what is neither new nor near `seq`, which one looks at; `null`: at the end. */
export function letGo<M extends Placed>({ log, past }: Known<M>, seq: number | null): Known<M> {
  const end = trimmed(log);
  if (end === log || past !== null || seq === null) return { log: end, past };
  return lookBack({ log, past }, log, seq);
}

/** Takes another end, and goes on looking at `seq` of what was known before; `null`: at the end. */
export function withEnd<M extends Placed>(known: Known<M>, end: MessageLog<M>, seq: number | null): Known<M> {
  const isKnown = seq !== null && known.log.messages.some((message) => message.seq === seq);
  if (known.past !== null || !isKnown) return { log: end, past: known.past };
  return lookBack(known, end, seq);
}

function lookBack<M extends Placed>({ log }: Known<M>, end: MessageLog<M>, seq: number): Known<M> {
  const at = log.messages.findIndex((message) => message.seq >= seq);
  const from = Math.max(0, Math.min(at, log.messages.length - MAX_SEEN / 2) - MAX_SEEN / 2);
  const messages = log.messages.slice(from, from + MAX_SEEN);
  const past = { messages, hasOlder: log.hasOlder || from > 0 };
  // What one looks at may reach up to the end.
  return seeNewer({ log: trimOlder(end, KEPT_AT_END), past }, []);
}

function firstOf<M extends Placed>({ messages, hasOlder }: MessageLog<M>): Past<M> {
  return { messages: messages.slice(0, MAX_SEEN), hasOlder };
}

function asLog<M extends Placed>({ messages, hasOlder }: Past<M>): MessageLog<M> {
  const newest = messages.at(-1)?.seq ?? 0;
  return { messages, hasOlder, newest, ahead: new Map(), head: newest };
}

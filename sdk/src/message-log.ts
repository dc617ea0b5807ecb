/** Anything that has a place in a conversation. */
export interface Placed {
  /** 1, 2, 3 … without a gap. */
  readonly seq: number;
}

/**
 * The stored messages of one conversation that are known here: one stretch of them without a gap,
 * and what was heard beyond a gap and has to wait for it to be filled.
 */
export interface MessageLog<M extends Placed> {
  /** In order of `seq`, each once. */
  readonly messages: readonly M[];
  /** Whether there are older ones than the first of `messages`. */
  readonly hasOlder: boolean;
  /** The place of the last of `messages`, or before the first message to come. */
  readonly newest: number;
  /** Heard, but what is before them is missing; by `seq`. */
  readonly ahead: ReadonlyMap<number, M>;
  /** The last place that is known to be taken: more than `newest` while something is missing. */
  readonly head: number;
}

/** How many messages beyond a gap are kept; of the others it is only known that they exist. */
export const MAX_AHEAD = 500;

/** With more messages than this, the oldest are let go: few enough to be gone through with each new one. */
const TRIM_ABOVE = 1_000;
const TRIM_TO = 500;

/** A conversation of which the newest page is known. `page` is in order. */
export function logFromPage<M extends Placed>(page: readonly M[], hasOlder: boolean): MessageLog<M> {
  const newest = page.at(-1)?.seq ?? 0;
  return { messages: page, hasOlder, newest, ahead: new Map(), head: newest };
}

/** Takes in messages in whatever order they come, each as often as it comes. */
export function takeIn<M extends Placed>(log: MessageLog<M>, incoming: readonly M[]): MessageLog<M> {
  const ahead = new Map(log.ahead);
  const next: M[] = [];
  let { newest, head } = log;
  const append = (message: M): void => {
    next.push(message);
    newest = message.seq;
    ahead.delete(newest);
  };
  for (const message of incoming.toSorted((one, other) => one.seq - other.seq)) {
    head = Math.max(head, message.seq);
    if (message.seq === newest + 1) append(message);
    else if (message.seq > newest && ahead.size < MAX_AHEAD) ahead.set(message.seq, message);
    for (let held = ahead.get(newest + 1); held !== undefined; held = ahead.get(newest + 1)) append(held);
  }
  if (next.length === 0 && head === log.head && ahead.size === log.ahead.size) return log;
  const messages = next.length === 0 ? log.messages : [...log.messages, ...next];
  return { ...log, messages, newest, ahead, head };
}

/** Puts an older page before what is known. Only what comes right before it counts. */
export function takeOlder<M extends Placed>(
  log: MessageLog<M>,
  page: readonly M[],
  hasOlder: boolean,
): MessageLog<M> {
  const first = log.messages[0]?.seq ?? log.newest + 1;
  const older = page.filter(({ seq }) => seq < first);
  if (older.length > 0 && older.at(-1)?.seq !== first - 1) return log;
  return { ...log, messages: [...older, ...log.messages], hasOlder };
}

/** It is known that the conversation goes on to `seq` at least. */
export function knowHead<M extends Placed>(log: MessageLog<M>, seq: number): MessageLog<M> {
  return seq > log.head ? { ...log, head: seq } : log;
}

/** Whether something is missing after the last of `messages`. */
export function hasGap<M extends Placed>({ newest, head }: MessageLog<M>): boolean {
  return head > newest;
}

/** Lets go of the oldest messages where there are many. */
export function trimmed<M extends Placed>(log: MessageLog<M>): MessageLog<M> {
  return log.messages.length > TRIM_ABOVE ? trimOlder(log, TRIM_TO) : log;
}

/** Lets go of all but the newest `kept` messages; they can be asked for again. */
export function trimOlder<M extends Placed>(log: MessageLog<M>, kept: number): MessageLog<M> {
  if (log.messages.length <= kept) return log;
  return { ...log, messages: log.messages.slice(-kept), hasOlder: true };
}

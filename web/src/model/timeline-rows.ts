import type { Outgoing } from "@parlour/sdk/outgoing";
import type { Placed } from "@parlour/sdk/message-log";
import type { Comings } from "@parlour/sdk/presence";

/** How the messages of one kind of conversation are read. */
export interface MessageReader<M extends Placed> {
  readonly idOf: (message: M) => string;
  /** Whose account wrote it. */
  readonly senderOf: (message: M) => string;
  readonly clientIdOf: (message: M) => string | undefined;
  readonly textOf: (message: M) => string;
  /** RFC 3339. */
  readonly timeOf: (message: M) => string;
}

/** Something that is shown and not stored yet. */
export interface ShownLine {
  /** That of the message that it will be. */
  readonly key: string;
  readonly senderId: string;
  readonly author: string;
  /** What tells the sender from others of the same name. */
  readonly authorMark: string;
  /** The address of the sender's picture. */
  readonly image: string | null;
  readonly isGuest: boolean;
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** One row of a timeline; `key` is its own for life. */
export type TimelineEntry<M> =
  /** Nothing was said before this. */
  | { readonly kind: "beginning"; readonly key: string }
  | { readonly kind: "message"; readonly key: string; readonly message: M }
  | { readonly kind: "shown"; readonly key: string; readonly line: ShownLine }
  | { readonly kind: "outgoing"; readonly key: string; readonly outgoing: Outgoing }
  | ComingsEntry
  /** Lines that stand together and are not to be read. */
  | HiddenLines;

/** Who came and went between two messages. */
export interface ComingsEntry {
  readonly kind: "comings";
  readonly key: string;
  readonly comings: Comings;
}

/** Lines of people whom one has blocked. */
export interface HiddenLines {
  readonly kind: "hidden";
  /** That of the first of them. */
  readonly key: string;
  /** Those of all of them. */
  readonly keys: readonly string[];
  /** The place of the first one; `null`: it is not stored. */
  readonly seq: number | null;
  /** When the first and the last one were written, in milliseconds since 1970. */
  readonly from: number;
  readonly until: number;
}

/** An entry, and what its neighbours make of it. */
export interface TimelineRow<M> {
  readonly entry: TimelineEntry<M>;
  /** It begins the lines of one person that stand together. */
  readonly first: boolean;
  /** It ends them. */
  readonly last: boolean;
  /** When it is the first of a day: that moment, in milliseconds since 1970. */
  readonly day: number | null;
  /** It is the first that was new when one came here. */
  readonly isNew: boolean;
}

export interface TimelineLines<M extends Placed> {
  readonly messages: readonly M[];
  /** Whether there are older ones than `messages`. */
  readonly hasOlder: boolean;
  /** Whether there are newer ones: then what is not stored yet is not to be seen, being after those. */
  readonly hasNewer?: boolean;
  readonly comings: readonly Comings[];
  /** What is shown before it is stored, one's own too, in the order of showing. */
  readonly shown?: readonly ShownLine[];
  /** What one has written here and is not stored yet. */
  readonly outgoing: readonly Outgoing[];
}

/** Who looks at it. */
export interface TimelineView<M extends Placed> {
  readonly read: MessageReader<M>;
  /** One's own account. */
  readonly self: string;
  /** The place from which on it was new; `null`: nothing was. */
  readonly newFrom: number | null;
}

/** Lines of one person within this time stand together. */
const GROUP_MS = 5 * 60_000;

/**
 * What is known of a timeline, in order. While there are older messages the first entry is not to be
 * shown: how it looks depends on what is above it, and a row that one reads must not change.
 */
export function timelineEntries<M extends Placed>(
  { messages, hasOlder, hasNewer = false, comings, shown = [], outgoing }: TimelineLines<M>,
  { read, self }: Omit<TimelineView<M>, "newFrom">,
): TimelineEntry<M>[] {
  const entries: TimelineEntry<M>[] = hasOlder ? [] : [{ kind: "beginning", key: "beginning" }];
  const lines = comings.values();
  const from = messages[0]?.seq ?? 0;
  let next = lines.next();
  const addComings = (until: number): void => {
    for (; next.done !== true && next.value.afterSeq < until; next = lines.next()) {
      const line = next.value;
      if (!hasOlder || line.afterSeq >= from) entries.push({ kind: "comings", key: line.key, comings: line });
    }
  };
  const stored = new Set<string>();
  for (const message of messages) {
    addComings(message.seq);
    const key = keyOf(message, { read, self });
    stored.add(key);
    entries.push({ kind: "message", key, message });
  }
  if (hasNewer) return entries;
  addComings(Number.POSITIVE_INFINITY);
  return [...entries, ...unstored<M>(shown, outgoing, stored)];
}

/** What a message's row is called: one's own keeps the name that it was written under. */
export function keyOf<M extends Placed>(message: M, { read, self }: Omit<TimelineView<M>, "newFrom">): string {
  const own = read.senderOf(message) === self ? read.clientIdOf(message) : undefined;
  return own ?? read.idOf(message);
}

/** What was shown comes first; what is only written, the server will put after it. */
function unstored<M>(
  shown: readonly ShownLine[],
  outgoing: readonly Outgoing[],
  stored: ReadonlySet<string>,
): TimelineEntry<M>[] {
  const waiting = new Map(outgoing.map((entry) => [entry.clientId, entry]));
  const entries = new Map<string, TimelineEntry<M>>();
  for (const line of shown) {
    const { key } = line;
    const own = waiting.get(key);
    entries.set(key, own === undefined ? { kind: "shown", key, line } : { kind: "outgoing", key, outgoing: own });
  }
  for (const [key, own] of waiting) if (!entries.has(key)) entries.set(key, { kind: "outgoing", key, outgoing: own });
  return [...entries.values()].filter(({ key }) => !stored.has(key));
}

/** The row at `index`; looks at its neighbours only, so that a long list costs nothing. */
export function timelineRowAt<M extends Placed>(
  entries: readonly TimelineEntry<M>[],
  index: number,
  view: TimelineView<M>,
): TimelineRow<M> | undefined {
  const entry = entries[index];
  if (entry === undefined) return undefined;
  const isNew = beginsNew(entries, index, view);
  const day = dayAt(entries, index, view);
  const [before, after] = [entries[index - 1], entries[index + 1]];
  const afterBreaks = after !== undefined && (beginsNew(entries, index + 1, view) || dayAt(entries, index + 1, view) !== null);
  return {
    entry,
    first: isNew || day !== null || !together(before, entry, view),
    last: afterBreaks || !together(entry, after, view),
    day,
    isNew,
  };
}

/** Whether both are drawn the same. */
export function isSameRow<M>(one: TimelineRow<M>, other: TimelineRow<M>): boolean {
  return (
    one.first === other.first &&
    one.last === other.last &&
    one.day === other.day &&
    one.isNew === other.isNew &&
    one.entry.key === other.entry.key &&
    contentOf(one.entry) === contentOf(other.entry)
  );
}

/** The place of what is called `key`, or right before it; `null`: it is not stored, or not there. */
export function placeOf<M extends Placed>(entries: readonly TimelineEntry<M>[], key: string): number | null {
  const entry = entries.find((candidate) => candidate.key === key);
  if (entry?.kind === "message") return entry.message.seq;
  if (entry?.kind === "hidden") return entry.seq;
  return entry?.kind === "comings" ? entry.comings.afterSeq : null;
}

function contentOf<M>(entry: TimelineEntry<M>): unknown {
  switch (entry.kind) {
    case "beginning":
      return entry.kind;
    case "message":
      return entry.message;
    case "shown":
      return entry.line;
    case "outgoing":
      return entry.outgoing;
    case "comings":
      return entry.comings;
    case "hidden":
      return `${entry.keys.length} to ${entry.keys.at(-1)}`;
  }
}

/** Whether it is one's own: stored, or on its way. */
export function isOwnEntry<M extends Placed>(
  entry: TimelineEntry<M>,
  { read, self }: Omit<TimelineView<M>, "newFrom">,
): boolean {
  if (entry.kind === "message") return read.senderOf(entry.message) === self;
  return entry.kind === "outgoing" || (entry.kind === "shown" && entry.line.senderId === self);
}

/** Whether the unread begins here: with what is to be read of others, past what one has said since oneself. */
function beginsNew<M extends Placed>(entries: readonly TimelineEntry<M>[], index: number, view: TimelineView<M>): boolean {
  const { newFrom } = view;
  const entry = entries[index];
  if (newFrom === null || entry?.kind !== "message" || entry.message.seq < newFrom || isOwnEntry(entry, view)) return false;
  let earliest = entry.message.seq;
  for (let at = index - 1; at >= 0 && earliest > newFrom; at -= 1) {
    const before = entries[at];
    // Among hidden ones it has begun, if not before.
    if (before?.kind === "hidden" && before.seq !== null) earliest = Math.max(before.seq, newFrom);
    if (before?.kind !== "message") continue;
    if (!isOwnEntry(before, view)) return false;
    earliest = before.message.seq;
  }
  // Where it began may be further up than what is known.
  return earliest === newFrom;
}

function together<M extends Placed>(
  before: TimelineEntry<M> | undefined,
  after: TimelineEntry<M> | undefined,
  view: TimelineView<M>,
): boolean {
  const [one, other] = [written(before, view), written(after, view)];
  if (one === null || other === null || one.by === null) return false;
  return one.by === other.by && Math.abs(other.at - one.at) < GROUP_MS;
}

/** When the entry is the first of its day: its moment. */
function dayAt<M extends Placed>(
  entries: readonly TimelineEntry<M>[],
  index: number,
  view: TimelineView<M>,
): number | null {
  const at = written(entries[index], view)?.at ?? null;
  if (at === null) return null;
  // Comings and goings have no time of their own; there are never two in a row.
  const before = written(entries[index - 1], view)?.until ?? written(entries[index - 2], view)?.until ?? null;
  return before !== null && sameDay(before, at) ? null : at;
}

interface Written {
  /** `null`: nobody whose lines stand together. */
  readonly by: string | null;
  readonly at: number;
  /** When the last of it was written. */
  readonly until: number;
}

/** Who wrote it, and when: of a message and of one that is not stored yet. */
function written<M extends Placed>(entry: TimelineEntry<M> | undefined, { read, self }: TimelineView<M>): Written | null {
  switch (entry?.kind) {
    case "message":
      return writtenAt(read.senderOf(entry.message), Date.parse(read.timeOf(entry.message)));
    case "shown":
      return writtenAt(entry.line.senderId, entry.line.at);
    case "outgoing":
      return writtenAt(self, entry.outgoing.at);
    case "hidden":
      return { by: null, at: entry.from, until: entry.until };
    case "beginning":
    case "comings":
    case undefined:
      return null;
  }
}

function writtenAt(by: string, at: number): Written {
  return { by, at, until: at };
}

function sameDay(one: number, other: number): boolean {
  return new Date(one).toDateString() === new Date(other).toDateString();
}

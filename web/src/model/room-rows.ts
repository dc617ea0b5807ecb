import type { Outgoing } from "@parlour/sdk/outbox";
import type { Comings } from "@parlour/sdk/presence";
import type { RoomMessage } from "@parlour/sdk/room-events";

/** One row of a room's timeline; `key` is its own for life. */
export type RoomEntry =
  /** Nothing was said before this. */
  | { readonly kind: "beginning"; readonly key: string }
  | { readonly kind: "message"; readonly key: string; readonly message: RoomMessage }
  | { readonly kind: "outgoing"; readonly key: string; readonly outgoing: Outgoing }
  | { readonly kind: "comings"; readonly key: string; readonly comings: Comings };

/** An entry, and what its neighbours make of it. */
export interface RoomRow {
  readonly entry: RoomEntry;
  /** It begins the lines of one person that stand together. */
  readonly first: boolean;
  /** It ends them. */
  readonly last: boolean;
  /** When it is the first of a day: that moment, in milliseconds since 1970. */
  readonly day: number | null;
  /** It is the first that was new when one came here. */
  readonly isNew: boolean;
}

export interface RoomLines {
  readonly messages: readonly RoomMessage[];
  /** Whether there are older ones than `messages`. */
  readonly hasOlder: boolean;
  readonly comings: readonly Comings[];
  /** What one has written in this room and is not stored yet. */
  readonly outgoing: readonly Outgoing[];
  /** One's own account. */
  readonly self: string;
}

/** Lines of one person within this time stand together. */
const GROUP_MS = 5 * 60_000;

/**
 * What is known of a timeline, in order. While there are older messages the first entry is not to be
 * shown: how it looks depends on what is above it, and a row that one reads must not change.
 */
export function roomEntries({ messages, hasOlder, comings, outgoing, self }: RoomLines): RoomEntry[] {
  const entries: RoomEntry[] = hasOlder ? [] : [{ kind: "beginning", key: "beginning" }];
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
    const own = message.sender === self ? message.clientId : undefined;
    if (own !== undefined) stored.add(own);
    entries.push({ kind: "message", key: own ?? message._id, message });
  }
  addComings(Number.POSITIVE_INFINITY);
  for (const entry of outgoing) {
    if (!stored.has(entry.clientId)) entries.push({ kind: "outgoing", key: entry.clientId, outgoing: entry });
  }
  return entries;
}

/** The row at `index`; looks at its neighbours only, so that a long list costs nothing. */
export function roomRowAt(
  entries: readonly RoomEntry[],
  index: number,
  self: string,
  newFrom: number | null,
): RoomRow | undefined {
  const entry = entries[index];
  if (entry === undefined) return undefined;
  const isNew = beginsNew(entry, newFrom);
  const day = dayAt(entries, index);
  const [before, after] = [entries[index - 1], entries[index + 1]];
  const afterBreaks = after !== undefined && (beginsNew(after, newFrom) || dayAt(entries, index + 1) !== null);
  return {
    entry,
    first: isNew || day !== null || !together(before, entry, self),
    last: afterBreaks || !together(entry, after, self),
    day,
    isNew,
  };
}

/** Who wrote it, when, and what: of a message and of one that is not stored yet. */
export function writtenBy(entry: RoomEntry, self: string): { readonly by: string; readonly at: number } | null {
  if (entry.kind === "message") return { by: entry.message.sender, at: Date.parse(entry.message.timestamp) };
  return entry.kind === "outgoing" ? { by: self, at: entry.outgoing.at } : null;
}

function beginsNew(entry: RoomEntry, newFrom: number | null): boolean {
  return entry.kind === "message" && entry.message.seq === newFrom;
}

function together(before: RoomEntry | undefined, after: RoomEntry | undefined, self: string): boolean {
  const one = before === undefined ? null : writtenBy(before, self);
  const other = after === undefined ? null : writtenBy(after, self);
  if (one === null || other === null) return false;
  return one.by === other.by && Math.abs(other.at - one.at) < GROUP_MS;
}

/** When the entry is the first of its day: its moment. */
function dayAt(entries: readonly RoomEntry[], index: number): number | null {
  const at = timeAt(entries, index);
  if (at === null) return null;
  // Comings and goings have no time of their own; there are never two in a row.
  const before = timeAt(entries, index - 1) ?? timeAt(entries, index - 2);
  return before !== null && sameDay(before, at) ? null : at;
}

function timeAt(entries: readonly RoomEntry[], index: number): number | null {
  const entry = entries[index];
  return entry === undefined ? null : (writtenBy(entry, "")?.at ?? null);
}

function sameDay(one: number, other: number): boolean {
  return new Date(one).toDateString() === new Date(other).toDateString();
}

import type { Placed } from "@parlour/sdk/message-log";
import type { ComingsEntry, MessageReader, TimelineEntry } from "./timeline-rows.ts";

/** Those of whom somebody does not want to read, by account. */
export type HiddenSenders = Pick<ReadonlySet<string>, "has" | "size">;

/** What somebody does not want to read. */
export interface Hiding {
  /** Whose lines are hidden, by account. */
  readonly senders: HiddenSenders;
  /** Those that are shown nevertheless, by key. */
  readonly revealed: ReadonlySet<string>;
}

/**
 * Puts one entry for all hidden lines that stand together; it is called like the first of them. That those
 * whose lines are hidden came or went is left out.
 */
export function foldHidden<M extends Placed>(
  entries: readonly TimelineEntry<M>[],
  read: MessageReader<M>,
  { senders, revealed }: Hiding,
): TimelineEntry<M>[] {
  const folded: TimelineEntry<M>[] = [];
  for (const entry of entries) {
    if (entry.kind === "comings") {
      folded.push(...withoutHidden(entry, senders));
      continue;
    }
    const line = lineOf(entry, read);
    if (line === null || !isHidden(line.senderId, entry.key, { senders, revealed })) {
      folded.push(entry);
      continue;
    }
    const { seq, at } = line;
    const before = folded.at(-1);
    if (before?.kind === "hidden") folded[folded.length - 1] = { ...before, keys: [...before.keys, entry.key], until: at };
    else folded.push({ kind: "hidden", key: entry.key, keys: [entry.key], seq, from: at, until: at });
  }
  return folded;
}

/** Whether the line called `key` is hidden. */
export function isHidden(senderId: string, key: string, { senders, revealed }: Hiding): boolean {
  return senders.has(senderId) && !revealed.has(key);
}

/** The comings and goings of the others; nothing where there were none. */
function withoutHidden(entry: ComingsEntry, senders: HiddenSenders): readonly ComingsEntry[] {
  const { comings } = entry;
  const people = comings.people.filter(({ userId }) => !senders.has(userId));
  if (people.length === comings.people.length) return [entry];
  return people.length === 0 ? [] : [{ ...entry, comings: { ...comings, people } }];
}

interface WrittenLine {
  readonly senderId: string;
  /** `null`: it is not stored. */
  readonly seq: number | null;
  readonly at: number;
}

function lineOf<M extends Placed>(entry: TimelineEntry<M>, read: MessageReader<M>): WrittenLine | null {
  if (entry.kind === "shown") return { senderId: entry.line.senderId, seq: null, at: entry.line.at };
  if (entry.kind !== "message") return null;
  const { message } = entry;
  return { senderId: read.senderOf(message), seq: message.seq, at: Date.parse(read.timeOf(message)) };
}

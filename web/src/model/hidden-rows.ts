import type { Placed } from "@parlour/sdk/message-log";
import type { MessageReader, TimelineEntry } from "./timeline-rows.ts";

/** What somebody does not want to read. */
export interface Hiding {
  /** Whose lines are hidden, by account. */
  readonly senders: { readonly has: (senderId: string) => boolean };
  /** Those that are shown nevertheless, by key. */
  readonly revealed: ReadonlySet<string>;
}

/** Puts one entry for all hidden lines that stand together; it is called like the first of them. */
export function foldHidden<M extends Placed>(
  entries: readonly TimelineEntry<M>[],
  read: MessageReader<M>,
  { senders, revealed }: Hiding,
): TimelineEntry<M>[] {
  const folded: TimelineEntry<M>[] = [];
  for (const entry of entries) {
    const line = lineOf(entry, read);
    if (line === null || !senders.has(line.senderId) || revealed.has(entry.key)) {
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

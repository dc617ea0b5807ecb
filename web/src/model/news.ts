import type { MessageLog, Placed } from "@parlour/sdk/message-log";
import type { Outgoing } from "@parlour/sdk/outgoing";
import { isHidden, type Hiding } from "./hidden-rows.ts";
import { isOwnEntry, keyOf, type MessageReader, type ShownLine, type TimelineEntry } from "./timeline-rows.ts";

/** The end of a conversation, as it was when one was there. */
export interface SeenEnd {
  /** The place of its newest message. */
  readonly seq: number;
  /** What was there and not stored yet, by key. */
  readonly unstored: ReadonlySet<string>;
}

/** How much has come that one has not been to. */
export interface News {
  readonly count: number;
  /** It may be more: not everything that came is known here any more. */
  readonly isAtLeast: boolean;
}

/** What there is at the end of a conversation. */
export interface EndLines<M extends Placed> {
  readonly log: Pick<MessageLog<M>, "messages" | "newest">;
  readonly shown: readonly ShownLine[];
  readonly outgoing: readonly Outgoing[];
}

/** Who looks at it, and what they do not want to see. */
export interface NewsView<M extends Placed> extends Hiding {
  readonly read: MessageReader<M>;
  /** One's own account. */
  readonly self: string;
}

/** The end as it is now. */
export function seenEnd<M extends Placed>({ log, shown, outgoing }: EndLines<M>): SeenEnd {
  const unstored = [...shown.map(({ key }) => key), ...outgoing.map(({ clientId }) => clientId)];
  return { seq: log.newest, unstored: new Set(unstored) };
}

/** What has come after `end` that is to be seen; what is hidden counts for nothing. */
export function newsSince<M extends Placed>(end: SeenEnd, lines: EndLines<M>, view: NewsView<M>): News {
  const { messages, newest } = lines.log;
  const came = new Set<string>();
  const stored = new Set<string>();
  let from = newest + 1;
  for (let at = messages.length - 1; at >= 0; at -= 1) {
    const message = messages[at];
    if (message === undefined || message.seq <= end.seq) break;
    from = message.seq;
    const key = keyOf(message, view);
    stored.add(key);
    if (!isHidden(view.read.senderOf(message), key, view)) came.add(key);
  }
  for (const { key, senderId } of lines.shown) if (!stored.has(key) && !isHidden(senderId, key, view)) came.add(key);
  for (const { clientId } of lines.outgoing) came.add(clientId);
  for (const key of end.unstored) came.delete(key);
  // Of those in between only their number is known.
  const unknown = Math.max(0, from - 1 - end.seq);
  const isUnsure = unknown > 0 && view.senders.size > 0;
  return { count: came.size + (isUnsure ? 0 : unknown), isAtLeast: isUnsure };
}

/** Whether something of others is to be seen from the place `from` on. */
export function hasNews<M extends Placed>(
  entries: readonly TimelineEntry<M>[],
  from: number,
  view: Pick<NewsView<M>, "read" | "self">,
): boolean {
  const isNews = (entry: TimelineEntry<M>): boolean =>
    entry.kind === "message" && entry.message.seq >= from && !isOwnEntry(entry, view);
  return entries.findLast(isNews) !== undefined;
}

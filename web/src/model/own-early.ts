import type { Placed } from "@parlour/sdk/message-log";
import type { Outgoing } from "@parlour/sdk/outgoing";
import { timelineEntries, type TimelineEntry, type TimelineView } from "./timeline-rows.ts";

export interface OwnEarly<M extends Placed> {
  /** What is stored, as far as it is known. */
  readonly messages: readonly M[];
  readonly outgoing: readonly Outgoing[];
  /** What one has written since one came here, by `clientId`. */
  readonly written: ReadonlySet<string>;
}

/** What one has written where the messages are not there: what is stored of it, and what is not yet. */
export function ownEarly<M extends Placed>(
  { messages, outgoing, written }: OwnEarly<M>,
  view: Omit<TimelineView<M>, "newFrom">,
): TimelineEntry<M>[] {
  const { read, self } = view;
  const own = messages
    .filter((message) => read.senderOf(message) === self && written.has(read.clientIdOf(message) ?? ""))
    .toSorted((one, other) => one.seq - other.seq);
  return timelineEntries({ messages: own, hasOlder: true, comings: [], outgoing }, view);
}

import type { Placed } from "@parlour/sdk/message-log";
import type { Outgoing } from "@parlour/sdk/outgoing";
import { timelineEntries, type TimelineEntry, type TimelineView } from "./timeline-rows.ts";

/** What one has said where the messages are not there: what is stored since one came, and what is not yet. */
export function ownEarly<M extends Placed>(
  { early, outgoing }: { readonly early: readonly M[]; readonly outgoing: readonly Outgoing[] },
  view: Omit<TimelineView<M>, "newFrom">,
): TimelineEntry<M>[] {
  const messages = early
    .filter((message) => view.read.senderOf(message) === view.self)
    .toSorted((one, other) => one.seq - other.seq);
  return timelineEntries({ messages, hasOlder: true, comings: [], outgoing }, view);
}

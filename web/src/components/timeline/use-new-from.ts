import type { Placed } from "@parlour/sdk/message-log";
import { useState } from "react";
import type { DrawnFeed } from "../../model/drawn-feed.ts";
import { hasNews } from "../../model/news.ts";
import type { TimelineEntry, TimelineView } from "../../model/timeline-rows.ts";
import { useStore } from "../use-store.ts";

/**
 * The place from which on it was new when one came; `null`: nothing was. If all of that is hidden and one
 * has been past it, what is said later is not new because of it.
 */
export function useNewFrom<M extends Placed>(
  feed: DrawnFeed<M>,
  entries: readonly TimelineEntry<M>[],
  view: Omit<TimelineView<M>, "newFrom">,
): number | null {
  const { newFrom, lastReadSeq } = useStore(feed.reading);
  const { log, past } = useStore(feed);
  const [spent, setSpent] = useState<number | null>(null);
  if (newFrom === null || newFrom === spent) return null;
  const isRead = past === null && lastReadSeq !== null && lastReadSeq >= log.newest;
  if (!isRead || log.newest < newFrom || hasNews(entries, newFrom, view)) return newFrom;
  setSpent(newFrom);
  return null;
}

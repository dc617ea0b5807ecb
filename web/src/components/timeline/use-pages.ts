import type { Placed } from "@parlour/sdk/message-log";
import { useEffect, useLayoutEffect, useMemo, useRef } from "react";
import type { DrawnFeed } from "../../model/drawn-feed.ts";
import { placeOf, type TimelineEntry } from "../../model/timeline-rows.ts";

/** What a list of rows asks of the conversation that it shows. */
interface Pages {
  readonly onNearStart: () => void;
  readonly onNearEnd: () => void;
  readonly onToEnd: () => void;
  readonly onLook: (keySeen: () => string | null) => () => void;
}

/** Has more of a conversation read as one goes back and forth in it; `entries` are those that are drawn. */
export function usePages<M extends Placed>(feed: DrawnFeed<M>, entries: readonly TimelineEntry<M>[]): Pages {
  const drawn = useRef(entries);
  useLayoutEffect(() => {
    drawn.current = entries;
  }, [entries]);
  // Whoever goes elsewhere and comes back is at the end again.
  useEffect(() => () => feed.pages.toEnd(), [feed]);
  return useMemo(
    () => ({
      onNearStart: () => void feed.pages.older(),
      onNearEnd: () => void feed.pages.newer(),
      onToEnd: () => feed.pages.toEnd(),
      onLook: (keySeen) =>
        feed.pages.lookedAt(() => {
          const key = keySeen();
          return key === null ? null : placeOf(drawn.current, key);
        }),
    }),
    [feed],
  );
}

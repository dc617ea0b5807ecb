import type { ParlourError } from "@parlour/sdk/errors";
import type { Placed } from "@parlour/sdk/message-log";
import type { Outbox } from "@parlour/sdk/outbox";
import type { Comings } from "@parlour/sdk/presence";
import { seenOf } from "@parlour/sdk/seen-messages";
import { useCallback, useMemo, useState, type ReactNode } from "react";
import type { DrawnFeed } from "../../model/drawn-feed.ts";
import { foldHidden, type HiddenSenders } from "../../model/hidden-rows.ts";
import { newerCosts, olderCosts } from "../../model/in-view.ts";
import { newsSince, seenEnd, type News, type SeenEnd } from "../../model/news.ts";
import {
  isOwnEntry,
  timelineEntries,
  timelineRowAt,
  type MessageReader,
  type ShownLine,
  type TimelineEntry,
  type TimelineRow,
} from "../../model/timeline-rows.ts";
import { useStore } from "../use-store.ts";
import { useToday } from "../use-today.ts";
import { FollowingList } from "./FollowingList.tsx";
import { PageNotice } from "./PageNotice.tsx";
import { TimelineRowView } from "./TimelineRowView.tsx";
import { estimateBubble } from "./use-following-list.ts";
import { useNewFrom } from "./use-new-from.ts";
import { usePages } from "./use-pages.ts";

interface MessageTimelineProps<M extends Placed> {
  /** Whose conversations they are. */
  readonly model: {
    readonly self: string;
    readonly outbox: Outbox<M>;
    readonly showsEnd: (atEnd: boolean) => void;
  };
  readonly feed: DrawnFeed<M>;
  readonly id: string;
  readonly label: string;
  readonly read: MessageReader<M>;
  readonly comings?: readonly Comings[];
  /** What is shown before it is stored. */
  readonly shown?: readonly ShownLine[];
  /** Whose lines are hidden, by account, until one asks for them; nobody's without. */
  readonly hidden?: HiddenSenders;
  readonly connected: boolean;
  /** Above the first message that there ever was. */
  readonly beginning: ReactNode;
  /** In place of all where nothing was said yet. */
  readonly renderEmpty: (onShown: (shown: boolean) => void) => ReactNode;
  /** What to say of one that could not be sent; the usual words without. */
  readonly failureWords?: (error: ParlourError) => string;
  readonly renderMessage: (message: M, row: TimelineRow<M>) => ReactNode;
}

const NONE: readonly never[] = [];
const NO_KEYS: ReadonlySet<string> = new Set();

/** The messages of a conversation, older ones loading in above, one's own that are under way below. */
export function MessageTimeline<M extends Placed>(props: MessageTimelineProps<M>) {
  const { model, feed, id, label, read, comings = NONE, shown = NONE, hidden: senders = NO_KEYS, connected, beginning } = props;
  const { renderEmpty, renderMessage, failureWords } = props;
  const { self, outbox } = model;
  const { log, past, older, newer } = useStore(feed);
  const waiting = useStore(outbox);
  const today = useToday();
  const { messages, hasOlder, hasNewer } = seenOf({ log, past });
  const [revealed, setRevealed] = useState(NO_KEYS);
  const outgoing = useMemo(() => waiting.filter(({ conversationId }) => conversationId === id), [waiting, id]);
  const entries = useMemo(() => {
    const all = timelineEntries({ messages, hasOlder, hasNewer, comings, shown, outgoing }, { read, self });
    return foldHidden(all, read, { senders, revealed });
  }, [messages, hasOlder, hasNewer, comings, shown, outgoing, read, self, senders, revealed]);
  const newFrom = useNewFrom(feed, entries, { read, self });
  const end = useMemo(() => seenEnd({ log, shown, outgoing }), [log, shown, outgoing]);
  const since = (seen: SeenEnd): News => newsSince(seen, { log, shown, outgoing }, { read, self, senders, revealed });
  // While there are older ones, the first entry waits for the one above it; unless it is all there is, or only
  // says how much is hidden: that may be all that there ever is.
  const hidden = hasOlder && entries.length > 1 && entries[0]?.kind !== "hidden" ? 1 : 0;
  const last = entries.at(-1);

  const onAtEnd = useCallback((atEnd: boolean) => model.showsEnd(atEnd), [model]);
  const paging = usePages(feed, entries);
  const onRetry = useCallback((clientId: string) => outbox.retry(clientId), [outbox]);
  const onDiscard = useCallback((clientId: string) => outbox.discard(clientId), [outbox]);
  const onShow = useCallback((keys: readonly string[]) => setRevealed((before) => new Set([...before, ...keys])), []);

  if (entries.length - hidden < 2 && entries[0]?.kind === "beginning" && !hasOlder) return renderEmpty(onAtEnd);
  return (
    <FollowingList
      label={label}
      count={entries.length - hidden}
      end={end}
      newsSince={since}
      hasNewer={hasNewer}
      olderCosts={(lowest) => olderCosts(messages, entries[lowest + hidden])}
      newerCosts={(highest) => newerCosts(messages, entries[highest + hidden])}
      keyAt={(index) => entries[index + hidden]?.key ?? ""}
      estimateAt={(index) => estimate(entries[index + hidden], read)}
      ownKey={last !== undefined && !hasNewer && isOwnEntry(last, { read, self }) ? last.key : null}
      onAtEnd={onAtEnd}
      {...paging}
      over={
        <>
          <PageNotice which="older" state={older} onRetry={paging.onNearStart} />
          <PageNotice which="newer" state={newer} onRetry={paging.onNearEnd} />
        </>
      }
      renderRow={(index) => {
        const row = timelineRowAt(entries, index + hidden, { read, self, newFrom });
        return (
          row !== undefined && (
            <TimelineRowView
              row={row}
              self={self}
              connected={connected}
              today={today}
              beginning={beginning}
              renderMessage={renderMessage}
              failureWords={failureWords}
              onRetry={onRetry}
              onDiscard={onDiscard}
              onShow={onShow}
            />
          )
        );
      }}
    />
  );
}

function estimate<M extends Placed>(entry: TimelineEntry<M> | undefined, read: MessageReader<M>): number {
  switch (entry?.kind) {
    case "message":
      return estimateBubble(read.textOf(entry.message));
    case "outgoing":
      return estimateBubble(entry.outgoing.text);
    case "shown":
      return estimateBubble(entry.line.text);
    case "beginning":
      return 120;
    case "hidden":
      return 40;
    case "comings":
    case undefined:
      return 36;
  }
}

import type { ParlourError } from "@parlour/sdk/errors";
import type { Placed } from "@parlour/sdk/message-log";
import type { Outbox } from "@parlour/sdk/outbox";
import { useCallback, useMemo, useState } from "react";
import type { DrawnFeed } from "../../model/drawn-feed.ts";
import { ownEarly } from "../../model/own-early.ts";
import { timelineRowAt, type MessageReader, type TimelineRow } from "../../model/timeline-rows.ts";
import { useStore } from "../use-store.ts";
import { useToday } from "../use-today.ts";
import { OwnBubble } from "./OwnBubble.tsx";
import { TimelineRowView } from "./TimelineRowView.tsx";

interface EarlyLinesProps<M extends Placed> {
  readonly model: { readonly self: string; readonly outbox: Outbox<M> };
  readonly feed: DrawnFeed<M>;
  readonly id: string;
  readonly label: string;
  readonly read: MessageReader<M>;
  readonly connected: boolean;
  readonly failureWords?: (error: ParlourError) => string;
}

const NOTHING: ReadonlySet<string> = new Set();
/** So many of the last lines are in the page. */
const MAX_ROWS = 100;

/** What one writes in a conversation whose messages are not there, and how far it has come. */
export function EarlyLines<M extends Placed>({ model, feed, id, label, read, connected, failureWords }: EarlyLinesProps<M>) {
  const { self, outbox } = model;
  const { early, log } = useStore(feed);
  const waiting = useStore(outbox);
  const today = useToday();
  const outgoing = useMemo(() => waiting.filter(({ conversationId }) => conversationId === id), [waiting, id]);
  const [written, setWritten] = useState(NOTHING);
  if (outgoing.some(({ clientId }) => !written.has(clientId))) {
    setWritten(new Set([...written, ...outgoing.map(({ clientId }) => clientId)]));
  }
  const all = useMemo(
    // The messages may be there, and not yet who of their senders is blocked.
    () => ownEarly({ messages: [...early, ...log.messages], outgoing, written }, { read, self }),
    [early, log, outgoing, written, read, self],
  );
  const entries = all.slice(-MAX_ROWS);
  const onRetry = useCallback((clientId: string) => outbox.retry(clientId), [outbox]);
  const onDiscard = useCallback((clientId: string) => outbox.discard(clientId), [outbox]);
  const renderMessage = useCallback(
    (message: M, { first, last }: TimelineRow<M>) => (
      <OwnBubble
        self={self}
        text={read.textOf(message)}
        at={Date.parse(read.timeOf(message))}
        status="sent"
        first={first}
        last={last}
      />
    ),
    [self, read],
  );
  if (entries.length === 0) return null;
  const left = all.length - entries.length;
  return (
    // Turned over, it begins at its end.
    <div
      role="log"
      aria-live="off"
      aria-label={label}
      tabIndex={0}
      className="flex min-h-0 flex-col-reverse overflow-x-hidden overflow-y-auto overscroll-contain pb-2 focus-visible:outline-2 focus-visible:-outline-offset-3"
    >
      <div>
        {left > 0 && <p className="px-5 pt-3 text-center text-xs text-muted">{left.toLocaleString()} earlier ones of yours are not shown here.</p>}
        {entries.map(({ key }, index) => {
          const row = timelineRowAt(entries, index, { read, self, newFrom: null });
          return (
            row !== undefined && (
              <div key={key} role="article" data-index={index}>
                <TimelineRowView
                  row={row}
                  self={self}
                  connected={connected}
                  today={today}
                  beginning={null}
                  renderMessage={renderMessage}
                  failureWords={failureWords}
                  onRetry={onRetry}
                  onDiscard={onDiscard}
                />
              </div>
            )
          );
        })}
      </div>
    </div>
  );
}

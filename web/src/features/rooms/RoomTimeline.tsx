import type { RoomFeed } from "@parlour/sdk/room-feed";
import { useCallback, useMemo } from "react";
import { FollowingList } from "../../components/timeline/FollowingList.tsx";
import { estimateBubble } from "../../components/timeline/use-following-list.ts";
import { useStore } from "../../components/use-store.ts";
import { useToday } from "../../components/use-today.ts";
import { roomEntries, roomRowAt, type RoomEntry } from "../../model/room-rows.ts";
import type { Rooms } from "../../model/rooms.ts";
import { EmptyRoom } from "./EmptyRoom.tsx";
import { OlderNotice } from "./OlderNotice.tsx";
import { RoomRowView } from "./RoomRowView.tsx";

interface RoomTimelineProps {
  readonly rooms: Rooms;
  readonly feed: RoomFeed;
  readonly roomId: string;
  readonly name: string;
  readonly connected: boolean;
}

/** The messages of a room, older ones loading in above, one's own that are under way below. */
export function RoomTimeline({ rooms, feed, roomId, name, connected }: RoomTimelineProps) {
  const { self, outbox } = rooms;
  const { log, older } = useStore(feed);
  const { comings } = useStore(feed.people);
  const { newFrom } = useStore(feed.reading);
  const waiting = useStore(outbox);
  const today = useToday();
  const { messages, hasOlder, newest } = log;
  const entries = useMemo(() => {
    const outgoing = waiting.filter(({ conversationId }) => conversationId === roomId);
    return roomEntries({ messages, hasOlder, comings, outgoing, self });
  }, [messages, hasOlder, comings, waiting, roomId, self]);
  // While there are older ones, the first entry waits for the one above it.
  const hidden = hasOlder ? 1 : 0;
  const last = entries.at(-1);
  const outgoing = entries.filter(({ kind }) => kind === "outgoing").length;

  const onAtEnd = useCallback((atEnd: boolean) => rooms.showsEnd(atEnd), [rooms]);
  const onNearStart = useCallback(() => void feed.loadOlder(), [feed]);

  if (entries.length - hidden < 2 && entries[0]?.kind === "beginning" && !hasOlder) {
    return <EmptyRoom name={name} onShown={onAtEnd} />;
  }
  return (
    <FollowingList
      label={`Messages in ${name}`}
      count={entries.length - hidden}
      total={newest + outgoing}
      keyAt={(index) => entries[index + hidden]?.key ?? ""}
      estimateAt={(index) => estimate(entries[index + hidden])}
      ownKey={last !== undefined && isOwn(last, self) ? last.key : null}
      onAtEnd={onAtEnd}
      onNearStart={onNearStart}
      over={<OlderNotice older={older} onRetry={onNearStart} />}
      renderRow={(index) => {
        const row = roomRowAt(entries, index + hidden, self, newFrom);
        return (
          row !== undefined && (
            <RoomRowView
              row={row}
              self={self}
              name={name}
              connected={connected}
              today={today}
              onRetry={(clientId) => outbox.retry(clientId)}
              onDiscard={(clientId) => outbox.discard(clientId)}
            />
          )
        );
      }}
    />
  );
}

function isOwn(entry: RoomEntry, self: string): boolean {
  return entry.kind === "outgoing" || (entry.kind === "message" && entry.message.sender === self);
}

function estimate(entry: RoomEntry | undefined): number {
  switch (entry?.kind) {
    case "message":
      return estimateBubble(entry.message.content);
    case "outgoing":
      return estimateBubble(entry.outgoing.text);
    case "beginning":
      return 120;
    case "comings":
    case undefined:
      return 36;
  }
}

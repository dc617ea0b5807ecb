import type { RoomMessage } from "@parlour/sdk/room-events";
import type { RoomFeed } from "@parlour/sdk/room-feed";
import { EmptyTimeline } from "../../components/timeline/EmptyTimeline.tsx";
import { MessageBubble } from "../../components/timeline/MessageBubble.tsx";
import { MessageTimeline } from "../../components/timeline/MessageTimeline.tsx";
import { useStore } from "../../components/use-store.ts";
import { ROOM_MESSAGES } from "../../model/message-readers.ts";
import type { Rooms } from "../../model/rooms.ts";
import type { TimelineRow } from "../../model/timeline-rows.ts";

interface RoomTimelineProps {
  readonly rooms: Rooms;
  readonly feed: RoomFeed;
  readonly roomId: string;
  readonly name: string;
  readonly connected: boolean;
}

/** The messages of a room, and who came and went. */
export function RoomTimeline({ rooms, feed, roomId, name, connected }: RoomTimelineProps) {
  const { comings } = useStore(feed.people);
  return (
    <MessageTimeline
      model={rooms}
      feed={feed}
      id={roomId}
      label={`Messages in ${name}`}
      read={ROOM_MESSAGES}
      comings={comings}
      connected={connected}
      beginning={
        <>
          This is where <bdi className="font-semibold">{name}</bdi> begins.
        </>
      }
      renderEmpty={(onShown) => (
        <EmptyTimeline title="It is quiet in here." onShown={onShown}>
          Nothing was said in <bdi>{name}</bdi> yet. Say the first word.
        </EmptyTimeline>
      )}
      renderMessage={(message, row) => <RoomMessageRow message={message} row={row} self={rooms.self} />}
    />
  );
}

interface RoomMessageRowProps {
  readonly message: RoomMessage;
  readonly row: TimelineRow<RoomMessage>;
  readonly self: string;
}

function RoomMessageRow({ message, row, self }: RoomMessageRowProps) {
  return (
    <MessageBubble
      mine={message.sender === self}
      author={message.senderName}
      image={message.senderImage}
      isGuest={message.senderIsGuest}
      text={message.deleted ? null : message.content}
      at={Date.parse(message.timestamp)}
      status="sent"
      first={row.first}
      last={row.last}
    />
  );
}

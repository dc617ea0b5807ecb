import type { RoomFeed } from "@parlour/sdk/room-feed";
import type { RefObject } from "react";
import { MessageWriting } from "../../components/composer/MessageWriting.tsx";
import { useStore } from "../../components/use-store.ts";
import type { Rooms } from "../../model/rooms.ts";

interface RoomWritingProps {
  readonly field: RefObject<HTMLTextAreaElement | null>;
  readonly rooms: Rooms;
  readonly feed: RoomFeed;
  readonly roomId: string;
}

/** The field of a room. */
export function RoomWriting({ field, rooms, feed, roomId }: RoomWritingProps) {
  const { joinError } = useStore(feed);
  return (
    <MessageWriting
      field={field}
      draft={rooms.draft(roomId)}
      joinError={joinError}
      onType={(text) => rooms.keepDraft(roomId, text)}
      onSend={(text) => rooms.write(roomId, text)}
    />
  );
}

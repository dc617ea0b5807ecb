import type { Room } from "@parlour/sdk/room-events";
import { memo } from "react";
import { ListItem } from "../../components/list/ListItem.tsx";
import { RoomMark } from "../../components/RoomMark.tsx";
import { counted } from "../../model/room-words.ts";

interface RoomItemProps {
  readonly room: Room;
  /** One's own account. */
  readonly self: string;
  /** Without a connection nobody knows who is there. */
  readonly connected: boolean;
  readonly isOpen: boolean;
  readonly unread: number;
  /** When the present day began. */
  readonly today: number;
}

/**
 * One room in the list: what it is called, what was said last, who is in it and what is unread. Drawn
 * anew when something of it changes only: there may be hundreds.
 */
export const RoomItem = memo(function RoomItem({ room, self, connected, isOpen, unread, today }: RoomItemProps) {
  return (
    <ListItem
      to={`/rooms/${encodeURIComponent(room._id)}`}
      isOpen={isOpen}
      mark={<RoomMark name={room.name} />}
      name={room.name}
      lastAt={room.lastMessage?.timestamp ?? null}
      today={today}
      last={<LastLine room={room} self={self} />}
      unread={unread}
    >
      <span className="flex items-center gap-1.5 text-xs text-muted">
        {counted(room.memberCount, "member", "members")}
        {connected && room.activeCount > 0 && (
          <>
            <span aria-hidden="true">·</span>
            <span aria-hidden="true" className="size-1.5 rounded-full bg-good" />
            {room.activeCount.toLocaleString()} here
          </>
        )}
      </span>
    </ListItem>
  );
});

function LastLine({ room: { lastMessage, description }, self }: Pick<RoomItemProps, "room" | "self">) {
  if (lastMessage === null) {
    return <span className="truncate">{description === "" ? "Nothing was said yet" : <bdi>{description}</bdi>}</span>;
  }
  return (
    <span className="flex min-w-0 flex-1 gap-1">
      <span className="flex max-w-[45%] shrink-0">
        <bdi className="truncate">{lastMessage.sender === self ? "You" : lastMessage.senderName}</bdi>:
      </span>
      {lastMessage.deleted ? <i>deleted</i> : <bdi className="truncate">{lastMessage.content.slice(0, LONGEST)}</bdi>}
    </span>
  );
}

/** More of a line than fits is of no use in the list. */
const LONGEST = 140;

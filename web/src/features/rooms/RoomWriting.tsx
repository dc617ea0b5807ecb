import type { RoomFeed } from "@parlour/sdk/room-feed";
import { useState, type RefObject } from "react";
import { Composer } from "../../components/composer/Composer.tsx";
import { useStore } from "../../components/use-store.ts";
import { accountErrorWords } from "../../model/error-words.ts";
import type { Rooms } from "../../model/rooms.ts";

interface RoomWritingProps {
  readonly field: RefObject<HTMLTextAreaElement | null>;
  readonly rooms: Rooms;
  readonly feed: RoomFeed;
  readonly roomId: string;
}

/** The field. It takes what is written without a connection too: that is sent once there is one. */
export function RoomWriting({ field, rooms, feed, roomId }: RoomWritingProps) {
  const [text, setText] = useState(() => rooms.draft(roomId));
  const [full, setFull] = useState(false);
  const { joinError } = useStore(feed);

  function change(typed: string): void {
    setText(typed);
    rooms.keepDraft(roomId, typed);
  }

  function send(): void {
    const taken = rooms.write(roomId, text);
    setFull(!taken);
    if (taken) change("");
  }

  return (
    <div className="shrink-0 pt-2">
      <p role="alert" className="px-6 pb-2 text-sm text-danger empty:hidden">
        {full
          ? "Too much is waiting to be sent already. It goes out as soon as the server can be reached."
          : joinError !== null && `You do not hear what is new here. ${accountErrorWords(joinError)}`}
      </p>
      <Composer field={field} text={text} placeholder="Write a message" canSend onChange={change} onSend={send} />
    </div>
  );
}

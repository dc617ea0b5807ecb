import type { RoomFeed } from "@parlour/sdk/room-feed";
import { useRef, useState } from "react";
import { flushSync } from "react-dom";
import { useNavigate } from "react-router";
import { NoSuchPlace } from "../../components/NoSuchPlace.tsx";
import { useFirstFocus } from "../../components/use-first-focus.ts";
import { useStore } from "../../components/use-store.ts";
import type { Rooms } from "../../model/rooms.ts";
import { JoinBar } from "./JoinBar.tsx";
import { LeaveDialog } from "./LeaveDialog.tsx";
import { PeoplePanel } from "./PeoplePanel.tsx";
import { RoomBody } from "./RoomBody.tsx";
import { RoomHeader } from "./RoomHeader.tsx";
import { RoomWriting } from "./RoomWriting.tsx";
import { useRoom } from "./use-room.ts";

interface OpenedRoomProps {
  readonly rooms: Rooms;
  readonly feed: RoomFeed;
  readonly roomId: string;
  readonly connected: boolean;
}

/** A room: what is said in it, who is here, and the field to write in. */
export function OpenedRoom({ rooms, feed, roomId, connected }: OpenedRoomProps) {
  const navigate = useNavigate();
  const state = useStore(feed);
  const { presence } = useStore(feed.people);
  const room = useRoom(rooms, roomId, state.joined?.room ?? null);
  const [showsPeople, setShowsPeople] = useState(false);
  const [leaving, setLeaving] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  const peopleButton = useRef<HTMLButtonElement>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const { member } = state;

  useFirstFocus(field, heading, member);

  function closePeople(): void {
    // On a narrow window the button is out of reach until the list is gone.
    flushSync(() => setShowsPeople(false));
    peopleButton.current?.focus();
  }

  if (state.phase.kind === "failed" && state.phase.error.code === "not_found") {
    return (
      <NoSuchPlace title="There is no such room." to="/rooms" back="All rooms">
        Look at the address: a part of it may be missing.
      </NoSuchPlace>
    );
  }
  return (
    <div className="relative flex h-full min-h-0">
      <section aria-label={room?.name ?? "Room"} className={`flex min-w-0 flex-1 flex-col ${showsPeople ? "max-lg:invisible" : ""}`}>
        <RoomHeader
          heading={heading}
          peopleButton={peopleButton}
          room={room}
          hereCount={state.live ? presence.count : null}
          showsPeople={showsPeople}
          onPeople={() => setShowsPeople(!showsPeople)}
          onLeave={member ? () => setLeaving(true) : null}
        />
        <RoomBody rooms={rooms} feed={feed} roomId={roomId} name={room?.name ?? "this room"} connected={connected} />
        {member ? (
          <RoomWriting field={field} rooms={rooms} feed={feed} roomId={roomId} />
        ) : (
          <JoinBar connected={connected} error={state.joinError} onJoin={() => feed.join()} />
        )}
      </section>
      {showsPeople && <PeoplePanel rooms={rooms} feed={feed} roomId={roomId} onClose={closePeople} />}
      <LeaveDialog
        open={leaving}
        name={room?.name ?? "this room"}
        leave={() => rooms.quit(roomId)}
        onClose={() => setLeaving(false)}
        onLeft={() => void navigate("/rooms")}
      />
    </div>
  );
}

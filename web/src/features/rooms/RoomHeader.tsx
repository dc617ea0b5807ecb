import type { Room } from "@parlour/sdk/room-events";
import type { RefObject } from "react";
import { Link } from "react-router";
import { RoomMark } from "../../components/RoomMark.tsx";
import { Button } from "../../components/ui/Button.tsx";
import { Icon } from "../../components/ui/Icon.tsx";
import { counted } from "../../model/room-words.ts";

interface RoomHeaderProps {
  readonly heading: RefObject<HTMLHeadingElement | null>;
  readonly peopleButton: RefObject<HTMLButtonElement | null>;
  /** `null` until it is known. */
  readonly room: Room | null;
  /** How many are here; `null` while one is not. */
  readonly hereCount: number | null;
  readonly showsPeople: boolean;
  readonly onPeople: () => void;
  /** `null` for one who is not in it. */
  readonly onLeave: (() => void) | null;
}

/** What the room is called, and what can be done with it. */
export function RoomHeader(props: RoomHeaderProps) {
  const { heading, peopleButton, room, hereCount, showsPeople, onPeople, onLeave } = props;
  return (
    <div className="flex min-h-16 shrink-0 items-center gap-1 border-b border-line bg-surface py-1.5 ps-2 pe-2 sm:pe-3 md:ps-4">
      <Link
        to="/rooms"
        aria-label="Back to the rooms"
        className="grid size-11 shrink-0 place-items-center rounded-full hover:bg-sunk md:hidden"
      >
        <Icon name="back" />
      </Link>
      {room !== null && <RoomMark name={room.name} className="me-2 hidden size-10 sm:grid" />}
      <div className="min-w-0 flex-1 leading-tight">
        {/* Its own direction, so that the end is cut off; but on the side of everything else. */}
        <h1
          ref={heading}
          tabIndex={-1}
          dir="auto"
          className="truncate text-left font-display text-lg font-semibold"
          title={room?.name}
        >
          {room?.name ?? "Public room"}
        </h1>
        <p className="truncate text-sm text-muted" title={room?.description}>
          <Below room={room} />
        </p>
      </div>
      <Button
        ref={peopleButton}
        look="ghost"
        icon="people"
        aria-expanded={showsPeople}
        onClick={onPeople}
        className="shrink-0 px-3!"
      >
        <span className="sr-only">People: </span>
        {hereCount === null ? <span className="max-sm:sr-only">People</span> : `${hereCount.toLocaleString()} here`}
      </Button>
      {onLeave !== null && (
        <Button look="ghost" icon="leave" compact onClick={onLeave}>
          Leave
        </Button>
      )}
    </div>
  );
}

function Below({ room }: { readonly room: Room | null }) {
  if (room === null) return null;
  if (room.description === "") return counted(room.memberCount, "member", "members");
  return <bdi>{room.description}</bdi>;
}

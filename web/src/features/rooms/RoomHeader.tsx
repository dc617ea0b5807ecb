import type { Room } from "@parlour/sdk/room-events";
import type { RefObject } from "react";
import { PaneHeader } from "../../components/PaneHeader.tsx";
import { RoomMark } from "../../components/RoomMark.tsx";
import { Button } from "../../components/ui/Button.tsx";
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
    <PaneHeader
      heading={heading}
      back={{ to: "/rooms", label: "Back to the rooms" }}
      mark={room !== null && <RoomMark name={room.name} className="me-2 hidden size-10 sm:grid" />}
      name={room?.name ?? null}
      unnamed="Public room"
      below={
        <p className="truncate text-sm text-muted" title={room?.description}>
          <Below room={room} />
        </p>
      }
    >
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
    </PaneHeader>
  );
}

function Below({ room }: { readonly room: Room | null }) {
  if (room === null) return null;
  if (room.description === "") return counted(room.memberCount, "member", "members");
  return <bdi>{room.description}</bdi>;
}

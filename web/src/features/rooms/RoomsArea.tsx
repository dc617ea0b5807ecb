import type { ConnectionState } from "@parlour/sdk/connection";
import type { Room } from "@parlour/sdk/room-events";
import { CreateGroupDialog } from "../../components/groups/CreateGroupDialog.tsx";
import { GroupArea } from "../../components/groups/GroupArea.tsx";
import type { GroupKind } from "../../model/group-view.ts";
import type { Rooms } from "../../model/rooms.ts";

interface RoomsAreaProps {
  readonly rooms: Rooms;
  readonly connection: ConnectionState;
}

const ROOMS: GroupKind<Room> = {
  one: "room",
  many: "rooms",
  path: "/rooms",
  unnamed: "Public room",
  missing: "Look at the address: a part of it may be missing.",
  isPrivate: () => false,
};

/** The list of rooms, and the one that is open. */
export function RoomsArea({ rooms, connection }: RoomsAreaProps) {
  return (
    <GroupArea
      kind={ROOMS}
      groups={rooms}
      connection={connection}
      mayCreate
      renderCreate={(props) => (
        <CreateGroupDialog {...props} dialog="new-room" one={ROOMS.one} create={(room) => rooms.create(room)}>
          <p className="text-muted">Everyone who is signed in can find it, read in it and join.</p>
        </CreateGroupDialog>
      )}
      hint={{
        title: "Choose a room, or make one.",
        words: "Everyone who is signed in may look into each of them, and join.",
      }}
    />
  );
}

import type { Room } from "@parlour/sdk/room-events";
import { useQuery } from "@tanstack/react-query";
import { useStore } from "../../components/use-store.ts";
import type { Rooms } from "../../model/rooms.ts";

/** The room as it is now: as a member hears of it, else as it was when it was joined or listed. */
export function useRoom(rooms: Rooms, roomId: string, joined: Room | null): Room | null {
  const { conversations: mine } = useStore(rooms.inbox);
  const known = mine.get(roomId) ?? joined ?? rooms.known(roomId);
  const found = useQuery({
    queryKey: ["room", roomId],
    queryFn: () => rooms.find(roomId),
    enabled: known === null,
  });
  return known ?? found.data ?? null;
}

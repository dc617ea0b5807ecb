import { Inbox, type InboxOptions } from "./inbox.ts";
import type { Room, RoomMessage } from "./room-events.ts";
import type { RoomsApi } from "./rooms.ts";
import type { Unsubscribe } from "./store.ts";

export interface RoomInboxOptions extends InboxOptions<Room, RoomMessage> {
  readonly rooms: RoomsApi;
}

/** The rooms that one is a member of, and what is unread in them. */
export class RoomInbox extends Inbox<Room, RoomMessage> {
  readonly #ends: Unsubscribe[];

  constructor(options: RoomInboxOptions) {
    const { rooms } = options;
    const source = {
      sync: rooms.sync.bind(rooms),
      list: async (cursor: string | null, limit: number) => {
        const result = await rooms.list("", cursor, limit);
        if (!result.ok) return result;
        return { ok: true, value: { conversations: result.value.rooms, nextCursor: result.value.nextCursor } } as const;
      },
      idOf: ({ _id }: Room) => _id,
      isOwn: ({ isMember }: Room) => isMember,
      merge: withLast,
    };
    super(source, options);
    this.#ends = [
      rooms.on("updated", (room) => this.put(room)),
      rooms.on("added", (room) => this.put(room)),
      rooms.on("removed", (room) => this.remove(room._id)),
    ];
  }

  override close(): void {
    super.close();
    for (const end of this.#ends) end();
  }
}

/** The room, with the newer of the two last messages. */
function withLast(room: Room, known: Room): Room {
  const isNewer = (known.lastMessage?.seq ?? 0) > (room.lastMessage?.seq ?? 0);
  return isNewer ? { ...room, lastMessage: known.lastMessage, updatedAt: known.updatedAt } : room;
}

import type { FeedChannel, FeedOptions } from "./feed-channel.ts";
import { GroupFeed } from "./group-feed.ts";
import { lastRead } from "./read-mark.ts";
import type { JoinedRoom, RoomMessage } from "./room-events.ts";
import type { RoomsApi } from "./rooms.ts";

export interface RoomFeedOptions extends FeedOptions<RoomMessage> {
  readonly rooms: RoomsApi;
  readonly roomId: string;
  /** One's own account. */
  readonly self: string;
}

/** A room that is open, and who is in it. */
export class RoomFeed extends GroupFeed<RoomMessage, JoinedRoom> {
  constructor(options: RoomFeedOptions) {
    const { rooms, roomId, self } = options;
    super(channelOf(options), options, {
      source: rooms,
      groupId: roomId,
      self,
      presenceOf: ({ room, activeUsers: users }) => ({ users, count: Math.max(room.activeCount, users.length) }),
    });
  }
}

function channelOf({ rooms, roomId, self }: RoomFeedOptions): FeedChannel<RoomMessage, JoinedRoom> {
  return {
    join: (answer) => rooms.join(roomId, answer),
    leave: () => rooms.leave(roomId, () => undefined),
    history: (place) => rooms.history(roomId, place),
    markRead: (seq, answer) => rooms.markRead(roomId, seq, answer),
    listen: (heard) =>
      rooms.on("message", (message) => {
        if (message.roomId === roomId) heard(message);
      }),
    isOwn: ({ sender }) => sender === self,
    head: ({ room }) => room.lastMessage?.seq ?? 0,
    lastRead: ({ room }, messages) => lastRead(messages, room.unreadCount, room.lastMessage?.seq ?? 0, self),
  };
}

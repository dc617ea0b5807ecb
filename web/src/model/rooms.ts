import type { Answer } from "@parlour/sdk/ask";
import type { ParlourError } from "@parlour/sdk/errors";
import type { OutboxDraft } from "@parlour/sdk/outgoing";
import type { JoinedRoom, Room, RoomMessage } from "@parlour/sdk/room-events";
import { RoomFeed } from "@parlour/sdk/room-feed";
import type { NewRoom, RoomsApi } from "@parlour/sdk/rooms";
import type { ConversationEvent } from "./conversations.ts";
import { Groups, type GroupPorts } from "./groups.ts";
import { ROOM_MESSAGES } from "./message-readers.ts";

export interface RoomsPorts extends GroupPorts<RoomMessage> {
  readonly rooms: RoomsApi;
}

export type RoomsEvent = ConversationEvent<RoomMessage>;

/** What was still to be said where one is a member no more: sending it would make one a member again. */
const LEFT: ParlourError = {
  code: "not_in_room",
  message: "This was not sent: you have left the room. Sending it again joins it again.",
  retryable: false,
  retryAfterMs: null,
};

/** The rooms of one account on this page. */
export class Rooms extends Groups<Room, RoomMessage, JoinedRoom, RoomFeed, NewRoom> {
  readonly #ports: RoomsPorts;

  constructor(self: string, ports: RoomsPorts) {
    super(self, ports, { api: ports.rooms, read: ROOM_MESSAGES, groupOf: ({ roomId }) => roomId, left: LEFT });
    this.#ports = ports;
  }

  protected deliver({ conversationId, text, clientId }: OutboxDraft, answer: Answer<RoomMessage | null>): void {
    this.#ports.rooms.send({ roomId: conversationId, content: text, clientId }, answer);
  }

  protected openIn(roomId: string, onMessage: (message: RoomMessage) => void): RoomFeed {
    const { rooms, connection } = this.#ports;
    const member = this.inbox.snapshot().conversations.has(roomId);
    const isKnown = (): boolean => this.inbox.knows(roomId);
    const feed = new RoomFeed({ rooms, connection, roomId, self: this.self, member, isKnown, onMessage });
    feed.subscribe(() => {
      const { joined, live } = feed.snapshot();
      const isListed = this.inbox.snapshot().conversations.has(roomId);
      if (live && joined !== null && !isListed) this.inbox.put({ ...joined.room, isMember: true });
    });
    return feed;
  }
}

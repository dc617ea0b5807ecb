import type { DirectMessage } from "@parlour/sdk/direct-events";
import type { RoomMessage } from "@parlour/sdk/room-events";
import type { MessageReader } from "./timeline-rows.ts";

/** A room's messages. */
export const ROOM_MESSAGES: MessageReader<RoomMessage> = {
  idOf: ({ _id }) => _id,
  senderOf: ({ sender }) => sender,
  clientIdOf: ({ clientId }) => clientId,
  textOf: ({ content }) => content,
  timeOf: ({ timestamp }) => timestamp,
};

/** Those between two. */
export const DIRECT_MESSAGES: MessageReader<DirectMessage> = {
  idOf: ({ message_id }) => message_id,
  senderOf: ({ sender_id }) => sender_id,
  clientIdOf: ({ clientId }) => clientId,
  textOf: ({ message_text }) => message_text,
  timeOf: ({ created_at }) => created_at,
};

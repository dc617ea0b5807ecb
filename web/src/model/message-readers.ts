import type { ChannelMessage } from "@parlour/sdk/channel-events";
import type { DirectMessage } from "@parlour/sdk/direct-events";
import type { RoomMessage } from "@parlour/sdk/room-events";
import { shownName } from "@parlour/sdk/user";
import { othersName } from "./names.ts";
import type { MessageReader } from "./timeline-rows.ts";

/** How the messages of rooms and channels are read, where many write. */
export interface GroupReader<M extends { readonly seq: number }> extends MessageReader<M> {
  /** What the sender is called now, to others. */
  readonly authorOf: (message: M) => string;
  /** What tells the sender from others of the same name; `null`: it is not known. */
  readonly authorMarkOf: (message: M) => string | null;
  /** The address of the sender's picture. */
  readonly imageOf: (message: M) => string | null;
  readonly isGuestOf: (message: M) => boolean;
  readonly isDeletedOf: (message: M) => boolean;
}

/** A room's messages. */
export const ROOM_MESSAGES: GroupReader<RoomMessage> = {
  idOf: ({ _id }) => _id,
  senderOf: ({ sender }) => sender,
  clientIdOf: ({ clientId }) => clientId,
  textOf: ({ content }) => content,
  timeOf: ({ timestamp }) => timestamp,
  authorOf: ({ senderName }) => othersName(senderName),
  authorMarkOf: () => null,
  imageOf: ({ senderImage }) => senderImage,
  isGuestOf: ({ senderIsGuest }) => senderIsGuest,
  isDeletedOf: ({ deleted }) => deleted,
};

/** A channel's messages. */
export const CHANNEL_MESSAGES: GroupReader<ChannelMessage> = {
  idOf: ({ _id }) => _id,
  senderOf: ({ sender }) => sender.id,
  clientIdOf: ({ clientId }) => clientId,
  textOf: ({ body }) => body,
  timeOf: ({ createdAt }) => createdAt,
  authorOf: ({ sender }) => othersName(shownName(sender)),
  authorMarkOf: ({ sender }) => `@${sender.username}`,
  imageOf: ({ sender }) => sender.avatarUrl,
  isGuestOf: ({ sender }) => sender.isGuest,
  isDeletedOf: ({ deleted }) => deleted,
};

/** Those between two. */
export const DIRECT_MESSAGES: MessageReader<DirectMessage> = {
  idOf: ({ message_id }) => message_id,
  senderOf: ({ sender_id }) => sender_id,
  clientIdOf: ({ clientId }) => clientId,
  textOf: ({ message_text }) => message_text,
  timeOf: ({ created_at }) => created_at,
};

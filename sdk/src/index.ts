/** Everything that a program needs of this package; see its README. */
export { answered, ANSWER_TIMEOUT_MS, type Answer } from "./ask.ts";
export type { AuthClient, Credentials, ProfileChange, Registration, SignedIn } from "./auth.ts";
export type {
  Channel,
  ChannelDraft,
  ChannelMessage,
  ConfirmedMessage,
  FailedMessage,
  ShownMessage,
  Visibility,
} from "./channel-events.ts";
export { ChannelFeed, type ChannelFeedOptions } from "./channel-feed.ts";
export type { ChannelEvents, ChannelsClient, NewChannel } from "./channels.ts";
export { createClient, type ClientOptions, type ParlourClient } from "./client.ts";
export type { Connection, ConnectionState, Network } from "./connection.ts";
export type { DirectConversation, DirectDraft, DirectMessage, JoinedDirect } from "./direct-events.ts";
export { DirectFeed, type DirectFeedOptions } from "./direct-feed.ts";
export type { DirectClient, DirectEvents } from "./direct.ts";
export type { ErrorCode, ParlourError, Result, ServerErrorCode } from "./errors.ts";
export type { FeedPages } from "./feed-pages.ts";
export type { FeedState } from "./feed-state.ts";
export type { Group, GroupPage, MemberPage } from "./group.ts";
export { StoredOutbox, wipeOutboxes, type KeptDraft, type OutboxKeeper } from "./kept-outbox.ts";
export type { MessageLog } from "./message-log.ts";
export { platformNetwork } from "./network.ts";
export { Outbox, type OutboxOptions } from "./outbox.ts";
export { type OutboxDraft, type Outgoing, type OutgoingStatus } from "./outgoing.ts";
export type { PairMessage, PairRoom, PairRoomStatus, PairUser, ServerToClientEvents } from "./pair-events.ts";
export type { PairClient } from "./pair.ts";
export type { PeopleClient, PeoplePage } from "./people.ts";
export type { GroupCount, GroupNotice, Presence } from "./presence.ts";
export type { History, Mark, Place } from "./reading.ts";
export type { JoinedRoom, Room, RoomDraft, RoomMessage } from "./room-events.ts";
export { RoomFeed, type RoomFeedOptions } from "./room-feed.ts";
export type { NewRoom, RoomEvents, RoomsClient } from "./rooms.ts";
export { MAX_SEEN, seenOf, type Seen } from "./seen-messages.ts";
export { Store, Value, type Observable, type Unsubscribe } from "./store.ts";
export type { Cursors, SyncAnswer, Synced } from "./sync.ts";
export { tokenLifetimeMs, type GetToken, type TokenClient } from "./tokens.ts";
export { shownName, type User } from "./user.ts";

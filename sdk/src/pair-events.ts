/** Shapes of the stranger ("pair") chat, as they are on the wire. Times are RFC 3339, UTC. */

/** One of the two in a room. One's own `socketId` is real, the partner's is made for the room. */
export interface PairUser {
  readonly socketId: string;
  readonly username: string;
}

export type PairStatus = "waiting" | "active";

/** A room as it is now, told to one who sits in it. */
export interface PairRoom {
  readonly roomId: string;
  /** Whom the notice is about: the one who joined or left, or oneself in an answer. */
  readonly username: string;
  /** In order of joining; one or two. */
  readonly users: readonly PairUser[];
  readonly userCount: number;
  readonly status: PairStatus;
}

/** Someone left; what remains is a room with a new `roomId`, waiting for the next one. */
export type PairDeparture = Omit<PairRoom, "users">;

/** A line of the conversation. */
export interface PairMessage {
  /** UUIDv7, made by the server. */
  readonly id: string;
  readonly roomId: string;
  readonly username: string;
  readonly socketId: string;
  readonly text: string;
  readonly timestamp: string;
  /** What the sender called it; only on lines that were sent with one. */
  readonly clientId?: string;
}

/** The answer to `get_room_status`. */
export type PairRoomStatus =
  | {
      readonly status: PairStatus;
      readonly roomId: string;
      readonly userCount: number;
      readonly users: readonly PairUser[];
      readonly createdAt: string;
    }
  | {
      readonly status: "empty";
      readonly roomId: null;
      readonly userCount: 0;
      readonly users: readonly [];
      readonly createdAt: null;
    };

/** A line to send. */
export interface PairDraft {
  /** 1 to 4,000 Unicode scalar values. */
  readonly text: string;
  /** The room it is meant for: if that has ended meanwhile, nobody reads it. */
  readonly roomId: string;
  /** Up to 64 characters; sending the same one again is harmless while the room lives. */
  readonly clientId: string;
}

/** The failure of an event that was sent without a callback. */
export interface ChatErrorNotice {
  readonly event: string;
  readonly error: unknown;
  readonly clientId?: string;
  readonly roomId?: string;
}

type Ack = (answer: unknown) => void;

export type ServerToClientEvents = {
  user_joined: (room: PairRoom) => void;
  user_left: (departure: PairDeparture) => void;
  chat_history: (lines: readonly PairMessage[]) => void;
  receive_message: (line: PairMessage) => void;
  typing: (notice: { readonly roomId: string }) => void;
  stop_typing: (notice: { readonly roomId: string }) => void;
  chat_error: (notice: ChatErrorNotice) => void;
};

/** What a client asks of the stranger chat, and of its own token. */
export type PairRequests = {
  start_chat: (username: string | null, ack: Ack) => void;
  new_chat: (username: string | null, ack: Ack) => void;
  send_message: (draft: PairDraft, ack: Ack) => void;
  leave_chat: (ack: Ack) => void;
  get_room_status: (ack: Ack) => void;
  block_partner: (ack: Ack) => void;
  typing: () => void;
  stop_typing: () => void;
  refresh_token: (refresh: { readonly token: string }, ack: Ack) => void;
};

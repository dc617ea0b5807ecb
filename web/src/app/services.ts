import { StoredOutbox, wipeOutboxes } from "@parlour/sdk/kept-outbox";
import { createClient, type ParlourClient } from "@parlour/sdk/client";
import type { Connection, Network } from "@parlour/sdk/connection";
import type { Observable } from "@parlour/sdk/store";
import { shownName } from "@parlour/sdk/user";
import { Announcer } from "../a11y/announcer.ts";
import type { TabStorage } from "../model/alias.ts";
import { Attention } from "../model/attention.ts";
import { DraftKeeper } from "../model/draft.ts";
import { Channels, type ChannelsEvent } from "../model/channels.ts";
import { Direct, type DirectMessageEvent } from "../model/direct.ts";
import { errorWords } from "../model/error-words.ts";
import { renewWhenIdle } from "../model/renew-when-idle.ts";
import { OfSession } from "../model/of-session.ts";
import { SessionHints } from "../model/session-hint.ts";
import { Rooms, type RoomsEvent } from "../model/rooms.ts";
import { Session } from "../model/session.ts";
import { StrangerChat } from "../model/stranger.ts";
import { Unread, type Visibility } from "../model/unread.ts";

/** The plain objects that the page shows; made once, before React. */
export interface Services {
  readonly connection: Connection;
  readonly stranger: StrangerChat;
  readonly session: Session;
  /** `null` while nobody is signed in. */
  readonly rooms: Observable<Rooms | null>;
  /** `null` for guests too. */
  readonly direct: Observable<Direct | null>;
  /** `null` while nobody is signed in. */
  readonly channels: Observable<Channels | null>;
  /** What is being written to the stranger. */
  readonly draft: DraftKeeper;
  readonly unread: Unread;
  readonly announcer: Announcer;
  readonly storage: TabStorage | null;
}

/** Makes the services and lets them hear of each other; the connection is not opened yet. */
export function createServices(): Services {
  const client = createClient({ network: browserNetwork });
  const stranger = new StrangerChat({
    pair: client.pair,
    connection: client.connection,
    newId: () => newId(),
  });
  const session = createSession(client, stranger);
  const announcer = new Announcer();
  const attention = new Attention(browserWindow);
  const services: Services = {
    connection: client.connection,
    stranger,
    session,
    rooms: createRooms(client, session, { announcer, attention }),
    direct: createDirect(client, session, { announcer, attention }),
    channels: createChannels(client, session, { announcer, attention }),
    draft: new DraftKeeper(),
    unread: new Unread(pageVisibility),
    announcer,
    storage: storageOf(() => window.sessionStorage),
  };
  wipeAtSignOut(session);
  announce(services);
  return services;
}

function createSession({ auth, connection, tokens }: ParlourClient, stranger: StrangerChat): Session {
  const hints = new SessionHints(storageOf(() => window.localStorage), (listener) => {
    window.addEventListener("storage", listener);
    return () => window.removeEventListener("storage", listener);
  });
  const socket = {
    renew: renewWhenIdle(connection, stranger),
    // If it fails, the connection ends with its old token, and the next one has the cookie's.
    extend: (token: string) => tokens.refresh(token, () => undefined),
    onTokenEnd: (listener: () => void) => connection.onTokenEnd(listener),
  };
  return new Session({ auth, hints, socket });
}

interface Person {
  readonly announcer: Announcer;
  readonly attention: Attention;
}

function createRooms(client: ParlourClient, session: Session, { announcer, attention }: Person): OfSession<Rooms> {
  const onEvent = (event: RoomsEvent): void => {
    if (event.kind === "failed") announcer.say(`Not sent. ${errorWords(event.error)}`);
    else announcer.say(`${event.message.senderName}: ${event.message.content}`);
  };
  const { rooms, connection } = client;
  return new OfSession(session, ({ id }) => {
    const keeper = keeperOf(id, "rooms");
    return new Rooms(id, { rooms, connection, attention, newId, onEvent, keeper });
  });
}

function createDirect(client: ParlourClient, session: Session, { announcer, attention }: Person): OfSession<Direct> {
  const { direct, people, connection } = client;
  return new OfSession(session, ({ id, isGuest }) => {
    if (isGuest) return null;
    const onEvent = (event: DirectMessageEvent): void => {
      if (event.kind === "failed") announcer.say(`Not sent. ${errorWords(event.error)}`);
      else announcer.say(`${mine.openName.snapshot()}: ${event.message.message_text}`);
    };
    const mine = new Direct(id, { direct, people, connection, attention, newId, onEvent, keeper: keeperOf(id, "direct") });
    return mine;
  });
}

function createChannels(client: ParlourClient, session: Session, { announcer, attention }: Person): OfSession<Channels> {
  const onEvent = (event: ChannelsEvent): void => {
    if (event.kind === "failed") announcer.say(`Not sent. ${errorWords(event.error)}`);
    else announcer.say(`${shownName(event.message.sender)}: ${event.message.body}`);
  };
  const { channels, people, connection } = client;
  return new OfSession(session, ({ id }) => {
    const keeper = keeperOf(id, "channels");
    return new Channels(id, { channels, people, connection, attention, newId, onEvent, keeper });
  });
}

/** Where what somebody has written outlives the page, if the browser allows it. */
function keeperOf(account: string, kind: string): StoredOutbox | null {
  const storage = storageOf(() => window.localStorage);
  return storage === null ? null : new StoredOutbox(storage, account, kind);
}

/** Nobody finds here what somebody else has written; whose token ran out finds it when they come back. */
function wipeAtSignOut(session: Session): void {
  const storage = storageOf(() => window.localStorage);
  session.subscribe(() => {
    const state = session.snapshot();
    if (storage === null || state.kind === "checking") return;
    if (state.kind === "signed_in") wipeOutboxes(storage, state.user.id);
    else if (state.why === "left" || state.why === "elsewhere") wipeOutboxes(storage, null);
  });
}

/** Says aloud what the eye would see, and counts what it cannot. */
function announce({ connection, stranger, session, unread, announcer }: Services): void {
  announceSession(session, announcer);
  stranger.watch((event) => {
    switch (event.kind) {
      case "line":
        unread.count();
        return announcer.say(`${event.line.author}: ${event.line.text}`);
      case "joined":
        return announcer.say(`You are talking to ${event.partner}.`);
      case "left":
        return announcer.say(`${event.partner} left.`);
      case "lost":
        return announcer.say("The connection was lost, and that chat has ended.");
      case "failed":
        return announcer.say(`Not sent. ${errorWords(event.error)}`);
    }
  });
  let kind = connection.snapshot().kind;
  connection.subscribe(() => {
    const next = connection.snapshot().kind;
    if (next === kind) return;
    if (next === "reconnecting" && kind === "connected") announcer.say("Reconnecting.");
    if (next === "offline") announcer.say("You are offline.");
    if (next === "connected" && kind !== "connecting") announcer.say("Connected again.");
    kind = next;
  });
}

function announceSession(session: Session, announcer: Announcer): void {
  let before = session.snapshot();
  session.subscribe(() => {
    const state = session.snapshot();
    // What the page shows as it is opened needs no saying.
    if (state.kind === "signed_in" && before.kind === "signed_out") {
      announcer.say(`You are signed in as ${shownName(state.user)}.`);
    }
    if (state.kind === "signed_out" && before.kind === "signed_in") announcer.say("You are signed out.");
    before = state;
  });
}

const browserNetwork: Network = {
  isOnline: () => navigator.onLine,
  onChange: (listener) => {
    window.addEventListener("online", listener);
    window.addEventListener("offline", listener);
    return () => {
      window.removeEventListener("online", listener);
      window.removeEventListener("offline", listener);
    };
  },
};

const pageVisibility: Visibility = {
  isHidden: () => document.hidden,
  onChange: (listener) => {
    document.addEventListener("visibilitychange", listener);
    return () => document.removeEventListener("visibilitychange", listener);
  },
};

const browserWindow = {
  isVisible: () => !document.hidden,
  hasFocus: () => document.hasFocus(),
  onChange: (listener: () => void) => {
    document.addEventListener("visibilitychange", listener);
    window.addEventListener("focus", listener);
    window.addEventListener("blur", listener);
    return () => {
      document.removeEventListener("visibilitychange", listener);
      window.removeEventListener("focus", listener);
      window.removeEventListener("blur", listener);
    };
  },
};

/** 16 random bytes as hex: `crypto.randomUUID` is missing where the page is not served securely. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A storage that the browser may forbid. */
function storageOf(open: () => Storage): Storage | null {
  try {
    return open();
  } catch {
    return null;
  }
}

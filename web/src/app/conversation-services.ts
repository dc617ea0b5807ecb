import type { ParlourClient } from "@parlour/sdk/client";
import type { DirectMessage } from "@parlour/sdk/direct-events";
import { StoredOutbox } from "@parlour/sdk/kept-outbox";
import type { Observable } from "@parlour/sdk/store";
import type { Announcer } from "../a11y/announcer.ts";
import type { Alerts } from "../model/alerts.ts";
import type { Attention } from "../model/attention.ts";
import { Blocks } from "../model/blocks.ts";
import { Channels } from "../model/channels.ts";
import type { ConversationEvent, Place } from "../model/conversations.ts";
import { Direct } from "../model/direct.ts";
import { Drafts } from "../model/drafts.ts";
import { errorWords } from "../model/error-words.ts";
import { CHANNEL_MESSAGES, DIRECT_MESSAGES, ROOM_MESSAGES } from "../model/message-readers.ts";
import { OfSession } from "../model/of-session.ts";
import { Rooms } from "../model/rooms.ts";
import type { Session } from "../model/session.ts";
import { newId, otherTabs, storageOf, watchRemovals } from "./browser.ts";

/** How a person hears of what is new, and of whom they do not want to. */
export interface Person {
  readonly announcer: Announcer;
  readonly attention: Attention;
  readonly alerts: Alerts;
  readonly blocks: Observable<Blocks | null>;
}

/** Where the conversations of one kind are, and how a message of theirs is told of. */
interface Telling<M> {
  readonly area: string;
  readonly author: (message: M, at: Place) => string;
  readonly text: (message: M) => string;
  /** Whether the conversation has a name of its own, beside that of the author. */
  readonly isNamed: boolean;
}

/** Says aloud what is new in the open conversation, and tells of what is not in sight. */
function hears<M extends { readonly seq: number }>(
  { announcer, alerts }: Person,
  { area, author, text, isNamed }: Telling<M>,
): (event: ConversationEvent<M>) => void {
  return (event) => {
    if (event.kind === "failed") return announcer.say(`Not sent. ${errorWords(event.error)}`);
    const { message, at } = event;
    const said = { author: author(message, at), text: text(message) };
    if (event.kind === "message") announcer.say(`${said.author}: ${said.text}`);
    const path = `/${area}/${encodeURIComponent(at.id)}`;
    void alerts.tell({ id: `${at.id} ${message.seq}`, path, place: isNamed ? at.name : "", ...said });
  };
}

/** Whom whoever is signed in blocks. */
export function createBlocks({ people, connection }: ParlourClient, session: Session, attention: Attention): OfSession<Blocks> {
  const tabs = otherTabs("parlour.blocks");
  return new OfSession(session, ({ id }) => new Blocks(id, { people, connection, attention, tabs }));
}

/** The rooms of whoever is signed in. */
export function createRooms({ rooms, connection }: ParlourClient, session: Session, person: Person): OfSession<Rooms> {
  const { authorOf: author, textOf: text } = ROOM_MESSAGES;
  const onEvent = hears(person, { area: "rooms", author, text, isNamed: true });
  return new OfSession(session, ({ id }) => {
    const blocks = person.blocks.snapshot();
    if (blocks === null) return null;
    const kept = keptFor(id, "rooms");
    return new Rooms(id, { rooms, connection, attention: person.attention, blocks, newId, onEvent, ...kept });
  });
}

/** The direct messages of whoever has an account. */
export function createDirect(client: ParlourClient, session: Session, person: Person): OfSession<Direct> {
  const { direct, people, connection } = client;
  const { textOf: text } = DIRECT_MESSAGES;
  const onEvent = hears<DirectMessage>(person, { area: "direct", author: (_, { name }) => name, text, isNamed: false });
  return new OfSession(session, ({ id, isGuest }) => {
    const blocks = person.blocks.snapshot();
    if (isGuest || blocks === null) return null;
    const kept = keptFor(id, "direct");
    return new Direct(id, { direct, people, connection, attention: person.attention, blocks, newId, onEvent, ...kept });
  });
}

/** The channels of whoever is signed in. */
export function createChannels(client: ParlourClient, session: Session, person: Person): OfSession<Channels> {
  const { channels, people, connection } = client;
  const { authorOf: author, textOf: text } = CHANNEL_MESSAGES;
  const onEvent = hears(person, { area: "channels", author, text, isNamed: true });
  return new OfSession(session, ({ id }) => {
    const blocks = person.blocks.snapshot();
    if (blocks === null) return null;
    const kept = keptFor(id, "channels");
    return new Channels(id, { channels, people, connection, attention: person.attention, blocks, newId, onEvent, ...kept });
  });
}

/** Where what somebody has written, and what they have begun to write, outlives the page, if the browser allows it. */
function keptFor(account: string, kind: string): { readonly keeper: StoredOutbox | null; readonly drafts: Drafts } {
  const storage = storageOf(() => window.localStorage);
  const keeper = storage === null ? null : new StoredOutbox(storage, account, kind, watchRemovals);
  return { keeper, drafts: new Drafts(storageOf(() => window.sessionStorage), account, kind) };
}

import { wipeOutboxes } from "@parlour/sdk/kept-outbox";
import { createClient, type ParlourClient } from "@parlour/sdk/client";
import type { Connection } from "@parlour/sdk/connection";
import type { Observable } from "@parlour/sdk/store";
import { shownName } from "@parlour/sdk/user";
import { Announcer } from "../a11y/announcer.ts";
import { Shortcuts } from "../a11y/shortcuts.ts";
import type { TabStorage } from "../model/alias.ts";
import { Alerts } from "../model/alerts.ts";
import { Attention } from "../model/attention.ts";
import type { Blocks } from "../model/blocks.ts";
import { DraftKeeper } from "../model/draft.ts";
import { wipeDrafts } from "../model/drafts.ts";
import type { Channels } from "../model/channels.ts";
import type { Direct } from "../model/direct.ts";
import { errorWords } from "../model/error-words.ts";
import { renewWhenIdle } from "../model/renew-when-idle.ts";
import { PreferenceKeeper } from "../model/preferences.ts";
import { SessionHints } from "../model/session-hint.ts";
import type { Rooms } from "../model/rooms.ts";
import { Session } from "../model/session.ts";
import { StrangerChat } from "../model/stranger.ts";
import { Unread } from "../model/unread.ts";
import { browserAlerts } from "./alert-ports.ts";
import { browserNetwork, browserWindow, newId, pageVisibility, storageOf, watchStorage } from "./browser.ts";
import { createBlocks, createChannels, createDirect, createRooms } from "./conversation-services.ts";

/** The plain objects that the page shows; made once, before React. */
export interface Services {
  readonly connection: Connection;
  readonly stranger: StrangerChat;
  readonly session: Session;
  /** Whom one blocks; `null` while nobody is signed in. */
  readonly blocks: Observable<Blocks | null>;
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
  readonly alerts: Alerts;
  readonly preferences: PreferenceKeeper;
  readonly shortcuts: Shortcuts;
  readonly storage: TabStorage | null;
}

/** Makes the services and lets them hear of each other; the connection is not opened yet. */
export function createServices(): Services {
  const client = createClient({ network: browserNetwork });
  const stranger = new StrangerChat({
    pair: client.pair,
    connection: client.connection,
    newId,
  });
  const session = createSession(client, stranger);
  const announcer = new Announcer();
  const attention = new Attention(browserWindow);
  const preferences = new PreferenceKeeper(storageOf(() => window.localStorage), watchStorage);
  const alerts = new Alerts({
    ...browserAlerts,
    preferences: () => preferences.snapshot(),
    isInSight: (path) => !document.hidden && window.location.pathname === path,
  });
  pageVisibility.onChange(() => alerts.look());
  // Before what looks at it.
  const blocks = createBlocks(client, session, attention);
  const person = { announcer, attention, alerts, blocks };
  const services: Services = {
    connection: client.connection,
    stranger,
    session,
    blocks,
    rooms: createRooms(client, session, person),
    direct: createDirect(client, session, person),
    channels: createChannels(client, session, person),
    draft: new DraftKeeper(),
    unread: new Unread(pageVisibility),
    announcer,
    alerts,
    preferences,
    shortcuts: new Shortcuts(() => preferences.snapshot().shortcuts),
    storage: storageOf(() => window.sessionStorage),
  };
  wipeAtSignOut(session);
  announce(services);
  return services;
}

function createSession({ auth, connection, tokens }: ParlourClient, stranger: StrangerChat): Session {
  const hints = new SessionHints(storageOf(() => window.localStorage), watchStorage);
  const socket = {
    renew: renewWhenIdle(connection, stranger),
    // If it fails, the connection ends with its old token, and the next one has the cookie's.
    extend: (token: string) => tokens.refresh(token, () => undefined),
    onTokenEnd: (listener: () => void) => connection.onTokenEnd(listener),
  };
  return new Session({ auth, hints, socket });
}

/**
 * Nobody finds here what somebody else has written. Whose token ran out, or was ended on another device, finds
 * it when they come back.
 */
function wipeAtSignOut(session: Session): void {
  const [outboxes, drafts] = [storageOf(() => window.localStorage), storageOf(() => window.sessionStorage)];
  const wipeAllBut = (account: string | null): void => {
    if (outboxes !== null) wipeOutboxes(outboxes, account);
    if (drafts !== null) wipeDrafts(drafts, account);
  };
  session.subscribe(() => {
    const state = session.snapshot();
    if (state.kind === "signed_in") wipeAllBut(state.user.id);
    else if (state.kind === "signed_out" && (state.why === "left" || state.why === "elsewhere")) wipeAllBut(null);
  });
}

/** Says aloud what the eye would see, and counts what it cannot. */
function announce({ connection, stranger, session, unread, announcer, alerts }: Services): void {
  announceSession(session, announcer);
  stranger.watch((event) => {
    switch (event.kind) {
      case "line":
        unread.count();
        announcer.say(`${event.line.author}: ${event.line.text}`);
        return void alerts.tell({ id: event.line.key, path: "/", place: "", author: event.line.author, text: event.line.text });
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

import type { Answer } from "./ask.ts";
import type { Channel, ChannelDraft, ChannelMessage, ShownMessage } from "./channel-events.ts";
import type { ChannelEvents, ChannelsApi, NewChannel } from "./channels.ts";
import type { Result } from "./errors.ts";
import { aUser } from "./fake-direct.ts";
import { aRoom, asked, promised, type Asked } from "./fake-rooms.ts";
import type { GroupPage, MemberPage } from "./group.ts";
import type { Presence } from "./presence.ts";
import type { History, Mark, Place } from "./reading.ts";
import type { Unsubscribe } from "./store.ts";
import type { Cursors, SyncAnswer } from "./sync.ts";

/** Stands in for the server in tests: it records, and says what it is told to. */
export class FakeChannels implements ChannelsApi {
  readonly joins: Asked<Presence, string>[] = [];
  readonly leaves: string[] = [];
  readonly sends: Asked<object, ChannelDraft>[] = [];
  readonly posts: Asked<ChannelMessage, ChannelDraft>[] = [];
  readonly marks: Asked<Mark, number>[] = [];
  readonly syncs: Asked<SyncAnswer<Channel, ChannelMessage>, Cursors>[] = [];
  readonly names: Asked<Presence, string>[] = [];
  readonly pages: Asked<History<ChannelMessage>, Place>[] = [];
  readonly lists: Asked<GroupPage<Channel>, string>[] = [];
  readonly quits: Asked<object, string>[] = [];
  readonly made: Asked<Channel, NewChannel>[] = [];
  readonly invited: Asked<object, string>[] = [];
  readonly removals: Asked<object, string>[] = [];
  readonly #listeners = new Map<string, Set<(said: never) => void>>();

  join(channelId: string, answer: Answer<Presence>): void {
    this.joins.push(asked(channelId, answer));
  }

  leave(channelId: string): void {
    this.leaves.push(channelId);
  }

  send(draft: ChannelDraft, answer: Answer<object>): void {
    this.sends.push(asked(draft, answer));
  }

  post(draft: ChannelDraft): Promise<Result<ChannelMessage>> {
    return promised(this.posts, draft);
  }

  activeUsers(channelId: string, answer: Answer<Presence>): void {
    this.names.push(asked(channelId, answer));
  }

  markRead(_channelId: string, seq: number, answer: Answer<Mark>): void {
    this.marks.push(asked(seq, answer));
  }

  sync(cursors: Cursors, answer: Answer<SyncAnswer<Channel, ChannelMessage>>): void {
    this.syncs.push(asked(cursors, answer));
  }

  create(channel: NewChannel): Promise<Result<Channel>> {
    return promised(this.made, channel);
  }

  list(query: string): Promise<Result<GroupPage<Channel>>> {
    return promised(this.lists, query);
  }

  quit(channelId: string): Promise<Result<object>> {
    return promised(this.quits, channelId);
  }

  members(): Promise<Result<MemberPage>> {
    return Promise.resolve({ ok: true, value: { members: [], nextCursor: null } });
  }

  invite(_channelId: string, userId: string): Promise<Result<object>> {
    return promised(this.invited, userId);
  }

  remove(_channelId: string, userId: string): Promise<Result<object>> {
    return promised(this.removals, userId);
  }

  history(_channelId: string, place: Place): Promise<Result<History<ChannelMessage>>> {
    return promised(this.pages, place);
  }

  on<E extends keyof ChannelEvents>(event: E, listener: (said: ChannelEvents[E]) => void): Unsubscribe {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  say<E extends keyof ChannelEvents>(event: E, said: ChannelEvents[E]): void {
    for (const listener of this.#listeners.get(event) ?? []) listener(said as never);
  }

  /** The server stores what it has shown as `tempId`, at `seq`. */
  confirm(tempId: string, seq: number, senderId = "2"): void {
    const { _id, channelId, createdAt } = aChannelMessage(seq);
    this.say("confirmed", { tempId, _id, channelId, seq, senderId, createdAt });
  }
}

/** The channel of account 1, whose view it is. */
export function aChannel(more: Partial<Channel> = {}): Channel {
  return { ...aRoom(), lastMessage: null, visibility: "public", ownerId: "1", ...more };
}

/** The message at `seq` of the channel called "tea", from account 2. */
export function aChannelMessage(seq: number, more: Partial<ChannelMessage> = {}): ChannelMessage {
  const { clientId, ...said } = aShown(`m${seq}`, { body: `Line ${seq}`, ...more });
  const { tempId: _id, ...rest } = said;
  const createdAt = new Date(Date.UTC(2026, 0, 1, 12, 0, seq)).toISOString();
  return { ...rest, ...(clientId === undefined ? {} : { clientId }), _id, seq, createdAt, deleted: false, ...more };
}

/** A message of account 2 that is shown there. */
export function aShown(tempId: string, more: Partial<ShownMessage> = {}): ShownMessage {
  return {
    tempId,
    channelId: "tea",
    sender: aUser("2"),
    body: `Shown ${tempId}`,
    createdAt: "2026-01-01T12:00:00.000Z",
    ...more,
  };
}

/** The messages from place to place, both included. */
export function channelMessages(from: number, to: number): ChannelMessage[] {
  return Array.from({ length: to - from + 1 }, (_, index) => aChannelMessage(from + index));
}

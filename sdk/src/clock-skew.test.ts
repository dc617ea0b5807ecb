import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ChannelFeed } from "./channel-feed.ts";
import { Connection } from "./connection.ts";
import { aChannel, aShown, channelMessages, FakeChannels } from "./fake-channels.ts";
import { FakeConnection } from "./fake-rooms.ts";
import type { KeptDraft, OutboxKeeper } from "./kept-outbox.ts";
import { Outbox } from "./outbox.ts";
import { SHOWN_FOR_MS } from "./shown-messages.ts";

const NOW = Date.UTC(2026, 0, 1, 12);
const HOUR = 3_600_000;

beforeEach(() => vi.useFakeTimers({ now: NOW }));
afterEach(() => vi.useRealTimers());

/** Another hour on this machine's clock, while no time passes. */
const setClock = (hours: number): unknown => vi.setSystemTime(NOW + hours * HOUR);

class Kept implements OutboxKeeper {
  readonly drafts = new Map<string, KeptDraft>();
  load = (): KeptDraft[] => [...this.drafts.values()].sort((one, other) => one.at - other.at);
  keep = (draft: KeptDraft): boolean => this.drafts.set(draft.clientId, draft).size > 0;
  forget = (clientId: string): unknown => this.drafts.delete(clientId);
}

describe("a clock that is set anew", () => {
  it.each([-1, 1, -48])("by %i hours leaves what was written in its order, over a reload too", (hours) => {
    const keeper = new Kept();
    const connection = new FakeConnection();
    connection.go("offline");
    const open = (): Outbox<object> =>
      new Outbox<object>({ connection, keeper, deliver: () => undefined, onStored: () => undefined });
    const names = (outbox: Outbox<object>): string[] => outbox.snapshot().map(({ clientId }) => clientId);
    const outbox = open();
    const write = (to: Outbox<object>, clientId: string): boolean => to.add({ clientId, conversationId: "tea", text: clientId });
    write(outbox, "one");
    setClock(hours);
    write(outbox, "two");
    const reloaded = open();
    setClock(-hours);
    write(reloaded, "three");
    expect(names(reloaded)).toEqual(["one", "two", "three"]);
    expect(names(open())).toEqual(["one", "two", "three"]);
  });

  it.each([-1, 1])("by %i hours does not change how long something unconfirmed is shown", async (hours) => {
    const channels = new FakeChannels();
    const connection = new FakeConnection();
    const known = () => aChannel();
    const feed = new ChannelFeed({ channels, connection, channelId: "tea", self: "1", member: true, known });
    channels.joins[0]!.succeed({ users: [], count: 1 });
    channels.pages[0]!.succeed({ messages: channelMessages(1, 2), hasMore: false });
    await vi.advanceTimersByTimeAsync(0);
    channels.say("shown", aShown("m3"));
    setClock(hours);
    vi.advanceTimersByTime(SHOWN_FOR_MS / 2);
    channels.say("shown", aShown("m4"));
    expect(feed.shown.snapshot()).toHaveLength(2);
    vi.advanceTimersByTime(SHOWN_FOR_MS / 2);
    expect(feed.shown.snapshot().map(({ tempId }) => tempId)).toEqual(["m4"]);
    feed.drop();
  });

  it.each([-1, 1])("by %i hours does not change when the next attempt to connect is made", (hours) => {
    const listeners = new Map<string, (argument: never) => void>();
    let attempts = 0;
    const socket = {
      auth: {},
      connect: () => (attempts += 1),
      disconnect: () => undefined,
      io: { engine: { close: () => undefined } },
      on: (event: string, listener: (argument: never) => void) => listeners.set(event, listener),
    };
    const network = { isOnline: () => true, onChange: () => () => undefined };
    const connection = new Connection({ socket, network, random: () => 0 });
    connection.open();
    listeners.get("connect_error")!(new Error("no") as never);
    setClock(hours);
    vi.advanceTimersByTime(999);
    expect(attempts).toBe(1);
    vi.advanceTimersByTime(1);
    expect(attempts).toBe(2);
    connection.close();
  });
});

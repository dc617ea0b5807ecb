import { aChannel, aChannelMessage, aShown, channelMessages, FakeChannels } from "@parlour/sdk/fake-channels";
import { aUser, FakePeople } from "@parlour/sdk/fake-direct";
import { FakeConnection } from "@parlour/sdk/fake-rooms";
import { StoredOutbox } from "@parlour/sdk/kept-outbox";
import { Value } from "@parlour/sdk/store";
import type { TextStorage } from "@parlour/sdk/text-storage";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Blocks } from "./blocks.ts";
import { ANSWER_WITHIN_MS, Channels, type ChannelsEvent } from "./channels.ts";
import { Drafts } from "./drafts.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const GONE = { code: "unavailable", message: "Later.", retryable: true, retryAfterMs: null } as const;
const here = () => ({ users: [], count: 1 });

/** What `localStorage` is, over a plain map. */
function storageOn(kept: Map<string, string>): TextStorage {
  return {
    get length() {
      return kept.size;
    },
    key: (index) => [...kept.keys()][index] ?? null,
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, text) => void kept.set(key, text),
    removeItem: (key) => void kept.delete(key),
  };
}

function setUp(kept = new Map<string, string>()) {
  const api = new FakeChannels();
  const connection = new FakeConnection();
  const events: ChannelsEvent[] = [];
  let id = 0;
  const people = new FakePeople();
  const attention = new Value(true);
  const channels = new Channels("1", {
    channels: api,
    people,
    blocks: new Blocks("1", { people, connection, attention }),
    connection,
    attention,
    newId: () => `own-${(id += 1)}`,
    drafts: new Drafts(null, "1", "any"),
    onEvent: (event) => events.push(event),
    keeper: new StoredOutbox(storageOn(kept), "1", "channels"),
  });
  const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);
  const listed = (...added: ReturnType<typeof aChannel>[]): void =>
    api.syncs.at(-1)!.succeed({ conversations: [], added, addedMore: false, removed: [] });
  /** Opens the channel called "tea", in which `last` messages were said. */
  const enterTea = async (last: number): Promise<void> => {
    channels.enter("tea");
    api.joins.at(-1)!.succeed(here());
    api.pages.at(-1)!.succeed({ messages: last === 0 ? [] : channelMessages(1, last), hasMore: false });
    await settled();
  };
  const bodies = () => channels.open.snapshot()?.feed.snapshot().log.messages.map(({ body }) => body);
  const states = () => channels.outbox.snapshot().map(({ text, status }) => `${text} ${status.kind}`);
  const own = (tempId: string) => aShown(tempId, { sender: aUser("1"), clientId: tempId, body: "Hello" });
  return { api, connection, channels, events, listed, enterTea, bodies, states, settled, own, kept };
}

describe("what is written in an open channel", () => {
  it("is sent over the socket, shown, and stored under its name", async () => {
    const { api, channels, listed, enterTea, bodies, states, own } = setUp();
    listed(aChannel());
    await enterTea(1);
    channels.write("tea", "Hello");
    expect(api.sends[0]?.about).toEqual({ channelId: "tea", body: "Hello", tempId: "own-1" });
    expect(states()).toEqual(["Hello sending"]);
    api.sends[0]!.succeed({});
    api.say("sent", own("own-1"));
    expect(states()).toEqual(["Hello shown"]);
    api.confirm("own-1", 2, "1");
    expect([states(), bodies()]).toEqual([[], ["Line 1", "Hello"]]);
    expect(channels.open.snapshot()?.feed.shown.snapshot()).toEqual([]);
  });

  it("fails with its reason, and is sent again under the same name", async () => {
    const { api, channels, events, listed, enterTea, states, own } = setUp();
    listed(aChannel());
    await enterTea(0);
    channels.write("tea", "Hello");
    api.sends[0]!.succeed({});
    api.say("sent", own("own-1"));
    api.say("failed", { tempId: "own-1", channelId: "tea", senderId: "1", error: GONE });
    expect(states()).toEqual(["Hello failed"]);
    expect(events).toEqual([{ kind: "failed", error: GONE }]);
    channels.outbox.retry("own-1");
    expect(api.sends.map(({ about }) => about.tempId)).toEqual(["own-1", "own-1"]);
  });

  it("is unanswered after ten seconds, and stored whenever the answer comes", async () => {
    const { api, channels, listed, enterTea, bodies, states, own } = setUp();
    listed(aChannel());
    await enterTea(0);
    channels.write("tea", "Hello");
    api.sends[0]!.succeed({});
    api.say("sent", own("own-1"));
    vi.advanceTimersByTime(ANSWER_WITHIN_MS);
    expect(states()).toEqual(["Hello unanswered"]);
    api.confirm("own-1", 1, "1");
    expect([states(), bodies()]).toEqual([[], ["Hello"]]);
  });

  it("is heard of after one has closed it, too", async () => {
    const { api, channels, listed, enterTea, states } = setUp();
    listed(aChannel());
    await enterTea(0);
    channels.write("tea", "Hello");
    channels.write("tea", "Again");
    api.sends[0]!.succeed({});
    api.sends[1]!.succeed({});
    channels.exit("tea");
    api.confirm("own-1", 1, "1");
    api.say("failed", { tempId: "own-2", channelId: "tea", senderId: "1", error: GONE });
    expect(states()).toEqual(["Again failed"]);
  });

  it("belongs to whoever wrote it: another's confirmation of that name settles nothing", async () => {
    const { api, channels, listed, enterTea, states } = setUp();
    listed(aChannel());
    await enterTea(0);
    channels.write("tea", "Hello");
    api.sends[0]!.succeed({});
    api.say("failed", { tempId: "own-1", channelId: "tea", senderId: "2", error: GONE });
    expect(states()).toEqual(["Hello shown"]);
  });
});

describe("what is written without a connection", () => {
  it("waits until one listens again, so that others see it at once", async () => {
    const { api, connection, channels, listed, enterTea, states, settled } = setUp();
    listed(aChannel());
    await enterTea(1);
    connection.go("offline");
    channels.write("tea", "Hello");
    expect(states()).toEqual(["Hello queued"]);
    connection.go("connected");
    api.syncs.at(-1)!.succeed({ conversations: [], added: [], addedMore: false, removed: [] });
    await settled();
    expect([api.sends.length, api.posts.length]).toEqual([0, 0]);
    api.joins.at(-1)!.succeed(here());
    expect(api.sends[0]?.about.body).toBe("Hello");
  });

  it("goes by HTTP where the channel is not open, once it is known that one is in it", async () => {
    const kept = new Map<string, string>();
    const first = setUp(kept);
    first.connection.go("offline");
    first.channels.write("tea", "Hello");
    first.channels.write("gone", "Farewell");
    const { api, listed, states, settled } = setUp(kept);
    await settled();
    expect([api.posts.length, states()]).toEqual([0, ["Hello queued", "Farewell queued"]]);
    listed(aChannel());
    expect(api.posts.map(({ about }) => about)).toEqual([{ channelId: "tea", body: "Hello", tempId: "own-1" }]);
    expect(states()).toEqual(["Hello sending", "Farewell failed"]);
    api.posts[0]!.succeed(aChannelMessage(1, { clientId: "own-1", sender: aUser("1") }));
    await settled();
    expect(states()).toEqual(["Farewell failed"]);
    expect(kept.size).toBe(1);
  });
});

describe("whoever is removed", () => {
  it("hears nothing more, and what was to be said in a private one is forgotten", async () => {
    const { api, connection, channels, listed, enterTea, states } = setUp();
    const tea = aChannel({ visibility: "private", ownerId: "2" });
    listed(tea);
    await enterTea(1);
    connection.go("offline");
    channels.write("tea", "Hello");
    connection.go("connected");
    listed(tea);
    api.say("removed", { ...tea, isMember: false });
    expect(channels.open.snapshot()?.feed.snapshot().member).toBe(false);
    expect(states()).toEqual([]);
    api.say("added", tea);
    expect(channels.open.snapshot()?.feed.snapshot().member).toBe(true);
  });
});

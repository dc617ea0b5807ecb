import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ChannelFeed } from "./channel-feed.ts";
import { aChannel, aChannelMessage, aShown, channelMessages, FakeChannels } from "./fake-channels.ts";
import { aUser } from "./fake-direct.ts";
import { FakeConnection } from "./fake-rooms.ts";
import { MAX_SHOWN, SHOWN_FOR_MS } from "./shown-messages.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const HERE = { users: [{ userId: "1", userName: "user1", isGuest: false }], count: 1 };

async function setUp() {
  const channels = new FakeChannels();
  const connection = new FakeConnection();
  const known = () => aChannel();
  const feed = new ChannelFeed({ channels, connection, channelId: "tea", self: "1", member: true, known, random: () => 0 });
  const seqs = (): number[] => feed.snapshot().log.messages.map(({ seq }) => seq);
  const bodies = (): string[] => feed.snapshot().log.messages.map(({ body }) => body);
  const shown = (): string[] => feed.shown.snapshot().map(({ tempId }) => tempId);
  const page = async (from: number, to: number): Promise<void> => {
    channels.pages.at(-1)!.succeed({ messages: to < from ? [] : channelMessages(from, to), hasMore: false });
    await vi.advanceTimersByTimeAsync(0);
  };
  channels.joins[0]!.succeed(HERE);
  await page(1, 2);
  return { channels, connection, feed, seqs, bodies, shown, page };
}

describe("an open channel", () => {
  it("shows what is not stored yet after what is, until it is confirmed", async () => {
    const { channels, bodies, shown, feed } = await setUp();
    channels.say("shown", aShown("m3"));
    channels.say("sent", aShown("mine", { sender: aUser("1"), clientId: "mine" }));
    channels.say("shown", aShown("m9", { channelId: "coffee" }));
    expect(shown()).toEqual(["m3", "mine"]);
    channels.confirm("m3", 3);
    expect(shown()).toEqual(["mine"]);
    channels.confirm("mine", 4, "1");
    expect(shown()).toEqual([]);
    expect(bodies()).toEqual(["Line 1", "Line 2", "Shown m3", "Shown mine"]);
    expect(feed.snapshot().log.messages.at(-1)).toMatchObject({ _id: "m4", seq: 4, clientId: "mine" });
  });

  it("forgets what failed, and shows it again when it is sent again", async () => {
    const { channels, seqs, shown } = await setUp();
    channels.say("shown", aShown("m3"));
    const error = { code: "unavailable", message: "", retryable: true, retryAfterMs: null } as const;
    channels.say("failed", { tempId: "m3", channelId: "tea", senderId: "2", error });
    expect(shown()).toEqual([]);
    channels.say("shown", aShown("m4"));
    channels.say("shown", aShown("m3"));
    expect(shown()).toEqual(["m4", "m3"]);
    expect(seqs()).toEqual([1, 2]);
  });

  it("drops another's message of which nobody says what became of it", async () => {
    const { channels, shown } = await setUp();
    channels.say("shown", aShown("m3"));
    vi.advanceTimersByTime(SHOWN_FOR_MS - 1);
    channels.say("shown", aShown("m4"));
    expect(shown()).toEqual(["m3", "m4"]);
    vi.advanceTimersByTime(1);
    expect(shown()).toEqual(["m4"]);
  });

  it("reads one that is confirmed after it was dropped, or that it was never shown", async () => {
    const { channels, seqs, page } = await setUp();
    channels.say("shown", aShown("m3"));
    vi.advanceTimersByTime(SHOWN_FOR_MS);
    channels.confirm("m3", 3);
    expect(channels.pages.at(-1)?.about).toEqual({ after: 2 });
    await page(3, 3);
    expect(seqs()).toEqual([1, 2, 3]);
  });

  it("shows one that is confirmed beyond a gap until the gap is filled", async () => {
    const { channels, seqs, shown, page } = await setUp();
    channels.say("shown", aShown("m4"));
    channels.confirm("m4", 4);
    expect([seqs(), shown()]).toEqual([[1, 2], ["m4"]]);
    await page(3, 4);
    expect([seqs(), shown()]).toEqual([[1, 2, 3, 4], []]);
  });

  it("does not show twice what was read, or caught up with, before its confirmation came", async () => {
    const { channels, feed, seqs, shown } = await setUp();
    channels.say("shown", aShown("m3"));
    channels.say("shown", aShown("m4", { sender: aUser("1"), clientId: "k" }));
    const messages = [aChannelMessage(3), aChannelMessage(4, { sender: aUser("1"), clientId: "k" })];
    feed.caughtUp({ conversationId: "tea", messages, hasMore: false, lastReadSeq: 0 });
    expect([seqs(), shown()]).toEqual([[1, 2, 3, 4], []]);
    channels.confirm("m3", 3);
    expect(seqs()).toEqual([1, 2, 3, 4]);
  });

  it("hears what was stored first, once, and asks nothing", async () => {
    const { channels, seqs } = await setUp();
    const asked = channels.pages.length;
    channels.say("message", aChannelMessage(3));
    channels.confirm("m3", 3);
    expect([seqs(), channels.pages.length]).toEqual([[1, 2, 3], asked]);
  });

  it("keeps what is shown over a lost connection, as long as it would have", async () => {
    const { channels, connection, shown } = await setUp();
    channels.say("shown", aShown("m3"));
    connection.go("offline");
    expect(shown()).toEqual(["m3"]);
    vi.advanceTimersByTime(SHOWN_FOR_MS);
    expect(shown()).toEqual([]);
  });

  it("bug 7.4: one that a dead server had shown is shown no more when its sender has sent it again", async () => {
    const { channels, connection, feed, shown, bodies, page } = await setUp();
    channels.say("shown", aShown("m3", { clientId: "k3" }));
    channels.say("shown", aShown("m4", { body: "Lost and sent again" }));
    channels.say("shown", aShown("m5"));
    connection.go("offline");
    connection.go("connected");
    channels.joins.at(-1)!.succeed({ ...HERE });
    channels.say("shown", aShown("m6", { clientId: "k3" }));
    expect(shown()).toEqual(["m4", "m5", "m6"]);
    channels.pages.at(-1)!.succeed({ messages: [aChannelMessage(3, { _id: "m7", body: "Lost and sent again" })], hasMore: false });
    await page(1, 0);
    expect([shown(), bodies().at(-1)]).toEqual([["m5", "m6"], "Lost and sent again"]);
    expect(feed.snapshot().log.newest).toBe(3);
  });

  it("shows no more what was sent again and had been stored long before", async () => {
    const { channels, seqs, shown } = await setUp();
    channels.say("sent", aShown("mine", { sender: aUser("1"), clientId: "mine" }));
    channels.confirm("mine", 1, "1");
    expect([seqs(), shown()]).toEqual([[1, 2], []]);
  });

  it("shows no more than it can keep", async () => {
    const { channels, shown } = await setUp();
    for (let number = 0; number <= MAX_SHOWN; number += 1) channels.say("shown", aShown(`s${number}`));
    expect([shown().length, shown()[0]]).toEqual([MAX_SHOWN, "s1"]);
  });

  it("ends with its timers", async () => {
    const { channels, feed } = await setUp();
    channels.say("shown", aShown("m3"));
    feed.close();
    expect(channels.leaves).toEqual(["tea"]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

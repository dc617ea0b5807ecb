import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DirectFeed } from "./direct-feed.ts";
import { aDirectMessage, directMessages, FakeDirect } from "./fake-direct.ts";
import { FakeConnection } from "./fake-rooms.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const CONVERSATION = "conv_1_2";
const OWN = { sender_id: "1", receiver_id: "2" };
const AWAY = { code: "not_found", message: "No.", retryable: false, retryAfterMs: null } as const;

function setUp() {
  const direct = new FakeDirect();
  const connection = new FakeConnection();
  const heard: number[] = [];
  const feed = new DirectFeed({
    direct,
    connection,
    conversationId: CONVERSATION,
    self: "1",
    member: true,
    onMessage: ({ seq }) => heard.push(seq),
    random: () => 0,
  });
  const seqs = (): number[] => feed.snapshot().log.messages.map(({ seq }) => seq);
  const joined = (lastReadSeq = 0, otherLastReadSeq = 0): void =>
    direct.joins.at(-1)!.succeed({ isOnline: true, lastReadSeq, otherLastReadSeq });
  const page = async (from: number, to: number, hasMore = from > 1): Promise<void> => {
    direct.pages.at(-1)!.succeed({ messages: to < from ? [] : directMessages(from, to), hasMore });
    await vi.advanceTimersByTimeAsync(0);
  };
  const asked = () => direct.pages.map(({ about }) => about);
  return { direct, connection, feed, heard, seqs, joined, page, asked };
}

describe("an open direct conversation", () => {
  it("is its newest page and what both write, here and in other tabs, each once and in order", async () => {
    const { direct, heard, seqs, joined, page, asked } = setUp();
    joined();
    await page(1, 2);
    direct.say("message", aDirectMessage(3));
    direct.say("sent", aDirectMessage(4, OWN));
    direct.say("message", aDirectMessage(3));
    direct.say("sent", aDirectMessage(5, { ...OWN, conversation_id: "conv_1_3" }));
    direct.say("message", aDirectMessage(5));
    expect(seqs()).toEqual([1, 2, 3, 4, 5]);
    expect(heard).toEqual([3, 4, 5]);
    expect(asked()).toEqual([{}]);
  });

  it("fills a gap with one question, and goes on in order", async () => {
    const { direct, seqs, joined, page, asked } = setUp();
    joined();
    await page(1, 2);
    direct.say("message", aDirectMessage(6));
    direct.say("message", aDirectMessage(5));
    expect(seqs()).toEqual([1, 2]);
    expect(asked().slice(1)).toEqual([{ after: 2 }]);
    await page(3, 4, false);
    expect(seqs()).toEqual([1, 2, 3, 4, 5, 6]);
    expect(asked()).toHaveLength(2);
  });

  it("joins again after a lost connection, and takes what was missed and both marks from the sync", async () => {
    const { direct, connection, feed, seqs, joined, page, asked } = setUp();
    joined(2, 0);
    await page(1, 2);
    feed.reading.attend(true);
    connection.go("offline");
    connection.go("connected");
    expect(direct.joins).toHaveLength(2);
    expect(feed.cursor).toBe(2);
    feed.caughtUp({
      conversationId: CONVERSATION,
      messages: directMessages(3, 4),
      hasMore: false,
      lastReadSeq: 3,
      otherLastReadSeq: 2,
    });
    joined(3, 2);
    direct.say("message", aDirectMessage(5));
    expect(seqs()).toEqual([1, 2, 3, 4, 5]);
    expect(feed.otherRead.snapshot()).toBe(2);
    expect(feed.reading.snapshot().lastReadSeq).toBe(3);
    expect(direct.marks.map(({ about }) => about)).toEqual([4]);
    expect(asked()).toHaveLength(1);
  });

  it("asks until there is nothing more where the sync had more", async () => {
    const { connection, feed, seqs, joined, page, asked } = setUp();
    joined();
    await page(1, 2);
    connection.go("offline");
    connection.go("connected");
    feed.caughtUp({ conversationId: CONVERSATION, messages: directMessages(3, 4), hasMore: true, lastReadSeq: 0 });
    joined();
    await page(5, 6, true);
    await page(7, 8, false);
    expect(asked().slice(1)).toEqual([{ after: 4 }, { after: 6 }]);
    expect(seqs()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it("bug: what one said while the newest page was read was missing for long where one could not listen", async () => {
    const { direct, seqs, page, asked } = setUp();
    direct.joins[0]!.fail(AWAY);
    direct.say("sent", aDirectMessage(5, OWN));
    await page(1, 3);
    expect(asked()).toEqual([{}, { after: 3 }]);
    await page(4, 5, false);
    expect(seqs()).toEqual([1, 2, 3, 4, 5]);
  });

  it("listens no more once one is shut out, and does again when one may", async () => {
    const { direct, feed, joined, page } = setUp();
    joined();
    await page(1, 2);
    feed.shutOut(AWAY);
    expect(feed.snapshot()).toMatchObject({ live: false, joinError: AWAY, phase: { kind: "ready" } });
    feed.retry();
    direct.joins.at(-1)!.fail(AWAY);
    expect(feed.snapshot().joinError).toEqual(AWAY);
    feed.retry();
    joined();
    await page(3, 3, false);
    expect(feed.snapshot()).toMatchObject({ live: true, joinError: null });
    expect(direct.joins).toHaveLength(3);
  });
});

describe("how far the other one has read", () => {
  it("is told by joining and by receipts, and never goes back", () => {
    const { direct, feed, joined } = setUp();
    joined(0, 4);
    const read = { conversationId: CONVERSATION, readerId: "2" };
    direct.say("read", { ...read, lastReadSeq: 6 });
    direct.say("read", { ...read, lastReadSeq: 5 });
    direct.say("read", { ...read, readerId: "1", lastReadSeq: 9 });
    direct.say("read", { ...read, conversationId: "conv_1_3", lastReadSeq: 9 });
    expect(feed.otherRead.snapshot()).toBe(6);
  });
});

describe("who types", () => {
  const SAID = { conversationId: CONVERSATION, userId: "2" };

  it("is shown until they stop, write, or fall silent for five seconds", () => {
    const { direct, feed, joined } = setUp();
    joined();
    direct.say("typing", SAID);
    vi.advanceTimersByTime(4_999);
    expect(feed.typing.snapshot()).toBe(true);
    vi.advanceTimersByTime(1);
    expect(feed.typing.snapshot()).toBe(false);
    direct.say("typing", SAID);
    direct.say("stopTyping", SAID);
    expect(feed.typing.snapshot()).toBe(false);
    direct.say("typing", SAID);
    direct.say("message", aDirectMessage(1));
    expect(feed.typing.snapshot()).toBe(false);
  });

  it("is not oneself, not elsewhere, and nobody without a connection", () => {
    const { direct, connection, feed } = setUp();
    direct.say("typing", { ...SAID, userId: "1" });
    direct.say("typing", { ...SAID, conversationId: "conv_1_3" });
    expect(feed.typing.snapshot()).toBe(false);
    direct.say("typing", SAID);
    connection.go("offline");
    expect(feed.typing.snapshot()).toBe(false);
  });
});

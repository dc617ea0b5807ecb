import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ParlourError } from "./errors.ts";
import { aMessage, aRoom, FakeConnection, FakeRooms, messages } from "./fake-rooms.ts";
import { CATCH_UP_AT_MOST } from "./feed.ts";
import { RoomFeed } from "./room-feed.ts";
import type { RoomMessage } from "./room-events.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const AWAY: ParlourError = { code: "unavailable", message: "Later.", retryable: true, retryAfterMs: 500 };

function setUp(member = true) {
  const rooms = new FakeRooms();
  const connection = new FakeConnection();
  const heard: number[] = [];
  const onMessage = ({ seq }: RoomMessage): void => void heard.push(seq);
  const feed = new RoomFeed({ rooms, connection, roomId: "tea", self: "ada", member, onMessage, random: () => 0 });
  const seqs = (): number[] => feed.snapshot().log.messages.map(({ seq }) => seq);
  const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);
  const page = async (from: number, to: number, hasMore = from > 1): Promise<void> => {
    rooms.pages.at(-1)!.succeed({ messages: to < from ? [] : messages(from, to), hasMore });
    await settled();
  };
  /** There is nothing more. */
  const nothing = (): Promise<void> => page(1, 0, false);
  const joined = (last = 0, unreadCount = 0): void => {
    const lastMessage = last === 0 ? null : aMessage(last);
    rooms.joins.at(-1)!.succeed({ room: aRoom({ lastMessage, unreadCount }), activeUsers: [MARA] });
  };
  const asked = () => rooms.pages.map(({ about }) => about);
  return { rooms, connection, feed, heard, seqs, page, nothing, joined, asked, settled };
}

const MARA = { userId: "mara", userName: "Mara", isGuest: false };

describe("an open room", () => {
  it("is its newest page and everything that comes, each once and in order", async () => {
    const { rooms, heard, seqs, page, joined, asked } = setUp();
    joined(60);
    await page(11, 60);
    rooms.say("message", aMessage(61));
    rooms.say("message", aMessage(61));
    rooms.say("message", aMessage(62, { roomId: "coffee" }));
    rooms.say("message", aMessage(62));
    expect(seqs().slice(-3)).toEqual([60, 61, 62]);
    expect(heard).toEqual([61, 62]);
    expect(asked()).toEqual([{}]);
  });

  it("bug: its messages were read before one listened, and what was said in between was nobody's", () => {
    const { asked, joined } = setUp();
    expect(asked()).toEqual([]);
    joined(3);
    expect(asked()).toEqual([{}]);
  });

  it("takes in what is said between joining and the newest page", async () => {
    const { rooms, feed, seqs, page, joined } = setUp();
    const early = (): number[] => feed.snapshot().early.map(({ seq }) => seq);
    joined(3);
    rooms.say("message", aMessage(4));
    rooms.say("message", aMessage(5));
    rooms.say("message", aMessage(4));
    expect(early().toSorted()).toEqual([4, 5]);
    await page(1, 4);
    expect(seqs()).toEqual([1, 2, 3, 4, 5]);
    expect(early()).toEqual([]);
  });

  it("is read on from where one looked, once one has joined", async () => {
    const { feed, seqs, page, joined, asked } = setUp(false);
    await page(1, 2);
    feed.refresh();
    feed.join();
    joined(2);
    // That answer may be older than the join: what was said in between is asked for again.
    await page(3, 3, false);
    expect(asked()).toEqual([{}, { after: 2 }, { after: 3 }]);
    await page(4, 4, false);
    expect(seqs()).toEqual([1, 2, 3, 4]);
  });

  it("can be read when it cannot be joined", async () => {
    const { rooms, feed, seqs, page, joined, asked } = setUp();
    rooms.joins[0]!.fail(AWAY);
    await page(1, 2);
    expect(seqs()).toEqual([1, 2]);
    expect(feed.snapshot()).toMatchObject({ phase: { kind: "ready" }, live: false, joinError: AWAY });
    await vi.advanceTimersByTimeAsync(1_000);
    joined(2);
    expect(asked()).toEqual([{}, { after: 2 }]);
  });

  it("asks for what is missing when something comes beyond a gap, once", async () => {
    const { rooms, seqs, page, joined, asked } = setUp();
    joined(3);
    await page(1, 3);
    rooms.say("message", aMessage(6));
    expect(seqs()).toEqual([1, 2, 3]);
    rooms.say("message", aMessage(7));
    expect(asked()).toEqual([{}, { after: 3 }]);
    await page(4, 6, true);
    expect(seqs()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(asked().at(-1)).toEqual({ after: 7 });
  });

  it("asks again later while a gap stays, not at once", async () => {
    const { rooms, seqs, page, nothing, joined, asked } = setUp();
    joined(3);
    await page(1, 3);
    rooms.say("message", aMessage(5));
    await nothing();
    expect(asked()).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(asked()).toHaveLength(3);
    await page(4, 4, false);
    expect(seqs()).toEqual([1, 2, 3, 4, 5]);
  });

  it("joins again after a lost connection, takes what was missed, and asks until nothing has more", async () => {
    const { rooms, connection, feed, heard, seqs, page, joined, asked } = setUp();
    joined(3);
    await page(1, 3);
    connection.go("offline");
    expect(feed.snapshot().live).toBe(false);
    connection.go("connecting");
    connection.go("connected");
    expect(rooms.joins).toHaveLength(2);
    expect(feed.cursor).toBe(3);
    feed.caughtUp({ conversationId: "tea", messages: messages(4, 6), hasMore: true, lastReadSeq: 3 });
    joined(9);
    rooms.say("message", aMessage(10));
    expect(asked().slice(1)).toEqual([{ after: 6 }]);
    await page(7, 8, true);
    expect(asked().at(-1)).toEqual({ after: 8 });
    await page(9, 10, false);
    expect(seqs()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(heard).toEqual([4, 5, 6, 7, 8, 9, 10]);
    expect(feed.snapshot().live).toBe(true);
    expect(asked()).toHaveLength(3);
  });

  it("is not asked for again when it was caught up with", async () => {
    const { connection, feed, page, joined, asked } = setUp();
    joined(3);
    await page(1, 3);
    connection.go("offline");
    connection.go("connected");
    feed.caughtUp({ conversationId: "tea", messages: messages(4, 5), hasMore: false, lastReadSeq: 3 });
    joined(5);
    expect(asked()).toEqual([{}]);
  });

  it("finds by itself what was missed, when joining tells of it first", async () => {
    const { connection, seqs, page, joined, asked } = setUp();
    joined(3);
    await page(1, 3);
    connection.go("offline");
    connection.go("connected");
    joined(5);
    expect(asked().at(-1)).toEqual({ after: 3 });
    await page(4, 5, false);
    expect(seqs()).toEqual([1, 2, 3, 4, 5]);
  });

  it("reads the newest page anew after a long absence", async () => {
    const { connection, seqs, page, joined, asked } = setUp();
    joined(3);
    await page(1, 3);
    connection.go("offline");
    connection.go("connected");
    const far = CATCH_UP_AT_MOST + 10;
    joined(far);
    expect(asked().at(-1)).toEqual({});
    await page(far - 49, far);
    expect(seqs()).toHaveLength(50);
    expect(asked()).toHaveLength(2);
  });

  it("loads older pages once each, and says when that failed", async () => {
    const { rooms, feed, seqs, page, joined, asked } = setUp();
    joined(120);
    await page(71, 120);
    void feed.pages.older();
    void feed.pages.older();
    expect(asked().slice(1)).toEqual([{ before: 71 }]);
    await page(21, 70);
    expect(seqs()[0]).toBe(21);
    void feed.pages.older();
    rooms.pages.at(-1)!.fail(AWAY);
    await vi.advanceTimersByTimeAsync(0);
    expect(feed.snapshot().older).toBe("failed");
    void feed.pages.older();
    await page(1, 20, false);
    expect(seqs()).toHaveLength(120);
    void feed.pages.older();
    expect(asked()).toHaveLength(4);
  });

  it("says why the newest page is missing, and asks again when it is told to", async () => {
    const { rooms, feed, seqs, page, joined } = setUp();
    joined(2);
    rooms.pages[0]!.fail(AWAY);
    await vi.advanceTimersByTimeAsync(0);
    expect(feed.snapshot().phase).toEqual({ kind: "failed", error: AWAY });
    feed.retry();
    await page(1, 2);
    expect(feed.snapshot().phase).toEqual({ kind: "ready" });
    expect(seqs()).toEqual([1, 2]);
  });

  it("tries to join again later when the server is not able to", async () => {
    const { rooms, feed, joined } = setUp();
    rooms.joins[0]!.fail(AWAY);
    expect(feed.snapshot().joinError).toEqual(AWAY);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(rooms.joins).toHaveLength(2);
    joined();
    expect(feed.snapshot()).toMatchObject({ live: true, joinError: null });
  });

  it("is only looked at until one joins", async () => {
    const { rooms, feed, seqs, page, nothing, joined, asked } = setUp(false);
    await page(1, 3);
    expect(rooms.joins).toHaveLength(0);
    expect(feed.cursor).toBeNull();
    feed.refresh();
    expect(asked().at(-1)).toEqual({ after: 3 });
    await page(4, 4, false);
    feed.join();
    joined(4, 4);
    await nothing();
    expect(seqs()).toEqual([1, 2, 3, 4]);
    expect(feed.reading.snapshot().newFrom).toBeNull();
  });

  it("is left when it is closed, also while it is being joined", async () => {
    const { rooms, feed, page, joined } = setUp(false);
    await page(1, 3);
    feed.join();
    feed.close();
    expect(rooms.leaves).toEqual([]);
    joined(3);
    expect(rooms.leaves).toEqual(["tea"]);
    rooms.say("message", aMessage(4));
    expect(feed.snapshot().log.newest).toBe(3);
  });
});

describe("how far one has read", () => {
  it("is told while one looks at the end, one question at a time, and never back", async () => {
    const { rooms, feed, page, nothing, joined } = setUp();
    joined(5, 3);
    await page(1, 5);
    await nothing();
    expect(feed.reading.snapshot()).toEqual({ lastReadSeq: 2, newFrom: 3 });
    expect(rooms.marks).toHaveLength(0);
    feed.reading.attend(true);
    expect(rooms.marks.map(({ about }) => about)).toEqual([5]);
    rooms.say("message", aMessage(6));
    rooms.say("message", aMessage(7));
    expect(rooms.marks).toHaveLength(1);
    rooms.marks[0]!.succeed({ lastReadSeq: 5 });
    expect(rooms.marks.map(({ about }) => about)).toEqual([5, 7]);
    rooms.marks[1]!.succeed({ lastReadSeq: 7 });
    feed.reading.attend(false);
    rooms.say("message", aMessage(8, { sender: "ada" }));
    rooms.say("message", aMessage(9));
    expect(rooms.marks).toHaveLength(2);
    // The line that said where one left off has moved to what came since.
    expect(feed.reading.snapshot().newFrom).toBe(9);
  });

  it("calls what comes while one does not look new, from its first message on", async () => {
    const { rooms, feed, page, joined } = setUp();
    joined(2);
    await page(1, 2);
    rooms.say("message", aMessage(3));
    rooms.say("message", aMessage(4));
    expect(feed.reading.snapshot().newFrom).toBe(3);
    feed.reading.wrote();
    expect(feed.reading.snapshot().newFrom).toBeNull();
  });

  it("is told again after a lost connection", async () => {
    const { rooms, connection, feed, page, joined } = setUp();
    feed.reading.attend(true);
    joined(2, 1);
    await page(1, 2);
    expect(rooms.marks).toHaveLength(1);
    connection.go("offline");
    connection.go("connected");
    joined(2);
    expect(rooms.marks.map(({ about }) => about)).toEqual([2, 2]);
  });
});

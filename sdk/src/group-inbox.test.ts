import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ParlourError } from "./errors.ts";
import { aMessage, aRoom, FakeConnection, FakeRooms } from "./fake-rooms.ts";
import { MAX_PAGES } from "./inbox.ts";
import { GroupInbox } from "./group-inbox.ts";
import type { Room, RoomMessage } from "./room-events.ts";
import type { SyncAnswer } from "./sync.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const AWAY: ParlourError = { code: "unavailable", message: "Later.", retryable: true, retryAfterMs: 500 };

const NOTHING: SyncAnswer<Room, RoomMessage> = { conversations: [], added: [], addedMore: false, removed: [] };

function setUp() {
  const rooms = new FakeRooms();
  const connection = new FakeConnection();
  const removed: string[] = [];
  const inbox = new GroupInbox({ source: rooms, connection, onRemoved: (roomId) => removed.push(roomId), random: () => 0 });
  const listed = (...added: Room[]): void => rooms.syncs.at(-1)!.succeed({ ...NOTHING, added });
  const unread = () => [...inbox.snapshot().conversations.values()].map(({ _id, unreadCount }) => `${_id} ${unreadCount}`);
  const page = async (nextCursor: string | null, ...those: Room[]): Promise<void> => {
    rooms.lists.at(-1)!.succeed({ groups: those, nextCursor });
    await vi.advanceTimersByTimeAsync(0);
  };
  return { rooms, connection, inbox, removed, listed, unread, page };
}

describe("the inbox", () => {
  it("is what the server lists, and what it says since", () => {
    const { rooms, inbox, listed, unread } = setUp();
    expect(inbox.snapshot().phase).toBe("loading");
    expect(rooms.syncs[0]?.about).toEqual({});
    listed(aRoom({ unreadCount: 2 }));
    rooms.say("updated", aRoom({ unreadCount: 3 }));
    rooms.say("added", aRoom({ _id: "coffee" }));
    expect(inbox.snapshot().phase).toBe("ready");
    expect(unread()).toEqual(["tea 3", "coffee 0"]);
  });

  it("keeps what it hears while the list is under way", () => {
    const { rooms, listed, unread } = setUp();
    rooms.say("updated", aRoom({ unreadCount: 3 }));
    rooms.say("removed", aRoom({ _id: "coffee", isMember: false }));
    listed(aRoom({ unreadCount: 2 }), aRoom({ _id: "coffee" }));
    expect(unread()).toEqual(["tea 3"]);
  });

  it("asks anew after each connection, and tells what went meanwhile", () => {
    const { rooms, connection, removed, listed, unread } = setUp();
    listed(aRoom(), aRoom({ _id: "coffee" }));
    connection.go("offline");
    connection.go("connected");
    expect(rooms.syncs).toHaveLength(2);
    rooms.syncs[0]!.succeed(NOTHING);
    expect(unread()).toEqual(["tea 0", "coffee 0"]);
    listed(aRoom({ unreadCount: 7 }));
    expect(unread()).toEqual(["tea 7"]);
    expect(removed).toEqual(["coffee"]);
  });

  it("asks again later, and keeps in sight what it knows", () => {
    const { rooms, connection, inbox, listed, unread } = setUp();
    rooms.syncs[0]!.fail(AWAY);
    expect(inbox.snapshot().phase).toBe("failed");
    vi.advanceTimersByTime(1_000);
    listed(aRoom());
    expect(inbox.snapshot()).toMatchObject({ phase: "ready", error: null });
    connection.go("offline");
    connection.go("connected");
    rooms.syncs.at(-1)!.fail(AWAY);
    expect(inbox.snapshot().phase).toBe("ready");
    expect(unread()).toEqual(["tea 0"]);
  });

  it("waits for as long as the server says before it asks again", () => {
    const { rooms } = setUp();
    rooms.syncs[0]!.fail({ code: "rate_limited", message: "Wait.", retryable: true, retryAfterMs: 7_000 });
    vi.advanceTimersByTime(6_999);
    expect(rooms.syncs).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(rooms.syncs).toHaveLength(2);
  });

  it("took a room for its own that the server had no time to look at", () => {
    const rooms = new FakeRooms();
    const connection = new FakeConnection();
    const synced: string[] = [];
    const inbox = new GroupInbox({
      source: rooms,
      connection,
      cursors: () => ({ tea: 4, coffee: 0 }),
      onSynced: (all) => synced.push(...all.map((one) => one.conversationId)),
      random: () => 0,
    });
    connection.go("offline");
    connection.go("connected");
    const of = (conversationId: string, hasMore: boolean) => ({ conversationId, messages: [], hasMore, lastReadSeq: 0 });
    const cut = { ...NOTHING, conversations: [of("coffee", false), of("tea", true)], addedMore: true };
    rooms.syncs.at(-1)!.succeed(cut);
    expect(inbox.knows("tea")).toBe(false);
    expect(synced).toEqual(["coffee"]);
    vi.advanceTimersByTime(1_000);
    expect(rooms.syncs).toHaveLength(3);
    rooms.syncs.at(-1)!.succeed({ ...NOTHING, conversations: [of("coffee", false), of("tea", false)] });
    expect(inbox.knows("tea")).toBe(true);
  });

  it("tells once that one has left", () => {
    const { rooms, inbox, removed, listed } = setUp();
    listed(aRoom());
    inbox.remove("tea");
    rooms.say("removed", aRoom({ isMember: false }));
    expect(removed).toEqual(["tea"]);
    // Word of it that comes late brings nothing back.
    rooms.say("updated", aRoom({ isMember: false }));
    expect(inbox.snapshot().conversations.size).toBe(0);
  });
});

describe("bug: an account in more rooms than the first answer holds lost the others with each reconnect", () => {
  const [TEA, COFFEE, MILK] = [aRoom(), aRoom({ _id: "coffee" }), aRoom({ _id: "milk", unreadCount: 4 })];

  async function reconnected() {
    const set = setUp();
    set.listed(TEA, COFFEE, MILK);
    set.connection.go("offline");
    set.connection.go("connected");
    set.rooms.syncs.at(-1)!.succeed({ ...NOTHING, added: [{ ...TEA, unreadCount: 1 }], addedMore: true });
    await vi.advanceTimersByTimeAsync(0);
    return set;
  }

  it("keeps what the answer lacks, and reads the list on", async () => {
    const { rooms, removed, unread, page } = await reconnected();
    expect(unread()).toEqual(["tea 1", "coffee 0", "milk 4"]);
    expect(rooms.lists).toHaveLength(1);
    await page("next", { ...TEA, unreadCount: 1 }, aRoom({ _id: "another's", isMember: false }));
    await page(null, { ...COFFEE, unreadCount: 2 }, MILK);
    expect(unread()).toEqual(["tea 1", "coffee 2", "milk 4"]);
    expect(removed).toEqual([]);
    expect(rooms.lists).toHaveLength(2);
  });

  it("lets go of what is not in the whole list, or is another's by now", async () => {
    const { removed, unread, page } = await reconnected();
    await page("next", { ...COFFEE, isMember: false });
    expect(unread()).toEqual(["tea 1", "milk 4"]);
    await page(null);
    expect(unread()).toEqual(["tea 1"]);
    expect(removed).toEqual(["coffee", "milk"]);
  });

  it("goes by what was heard while the list was being read", async () => {
    const { rooms, unread, page } = await reconnected();
    rooms.say("updated", { ...COFFEE, unreadCount: 9 });
    rooms.say("removed", { ...MILK, isMember: false });
    await page(null, COFFEE, MILK);
    expect(unread()).toEqual(["tea 1", "coffee 9"]);
  });

  it("is still loading until then when it begins", async () => {
    const { rooms, inbox, page } = setUp();
    rooms.syncs[0]!.succeed({ ...NOTHING, added: [TEA], addedMore: true });
    expect(inbox.snapshot().phase).toBe("loading");
    expect(inbox.snapshot().conversations.has("tea")).toBe(true);
    await page(null, COFFEE);
    expect(inbox.snapshot().phase).toBe("ready");
    expect([...inbox.snapshot().conversations.keys()]).toEqual(["tea", "coffee"]);
  });

  it("removes nothing while the list cannot be read to its end", async () => {
    const { rooms, inbox, unread, page } = await reconnected();
    rooms.lists.at(-1)!.fail(AWAY);
    await vi.advanceTimersByTimeAsync(0);
    expect(inbox.snapshot().phase).toBe("ready");
    await vi.advanceTimersByTimeAsync(1_000);
    for (let number = 1; number <= MAX_PAGES; number += 1) await page("next");
    expect(rooms.lists).toHaveLength(1 + MAX_PAGES);
    expect(unread()).toEqual(["tea 1", "coffee 0", "milk 4"]);
  });

  it("leaves an earlier connection's list where a new one begins", async () => {
    const { rooms, connection, unread, page } = await reconnected();
    connection.go("offline");
    connection.go("connected");
    await page(null);
    expect(rooms.lists).toHaveLength(1);
    expect(unread()).toEqual(["tea 1", "coffee 0", "milk 4"]);
  });
});

describe("bug: what was not new of a room hid what the list said of it", () => {
  it("takes in counts and a message without calling the rest of the room new", () => {
    const { rooms, connection, inbox, listed, unread } = setUp();
    listed(aRoom());
    connection.go("offline");
    connection.go("connected");
    inbox.update("tea", { activeCount: 7, lastMessage: aMessage(5) });
    inbox.update("unknown", { activeCount: 7 });
    expect(rooms.syncs).toHaveLength(2);
    listed(aRoom({ unreadCount: 3, lastMessage: aMessage(4) }));
    expect(unread()).toEqual(["tea 3"]);
    expect(inbox.snapshot().conversations.get("tea")?.lastMessage?.seq).toBe(5);
  });
});

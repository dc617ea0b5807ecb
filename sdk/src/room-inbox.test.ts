import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ParlourError } from "./errors.ts";
import { aRoom, FakeConnection, FakeRooms } from "./fake-rooms.ts";
import { RoomInbox } from "./room-inbox.ts";
import type { Room } from "./room-events.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const AWAY: ParlourError = { code: "unavailable", message: "Later.", retryable: true, retryAfterMs: 500 };

function setUp() {
  const rooms = new FakeRooms();
  const connection = new FakeConnection();
  const removed: string[] = [];
  const inbox = new RoomInbox({ rooms, connection, onRemoved: (roomId) => removed.push(roomId), random: () => 0 });
  const listed = (...added: Room[]): void => rooms.syncs.at(-1)!.succeed({ conversations: [], added, removed: [] });
  const unread = () => [...inbox.snapshot().rooms.values()].map(({ _id, unreadCount }) => `${_id} ${unreadCount}`);
  return { rooms, connection, inbox, removed, listed, unread };
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
    rooms.syncs[0]!.succeed({ conversations: [], added: [], removed: [] });
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

  it("tells once that one has left", () => {
    const { rooms, inbox, removed, listed } = setUp();
    listed(aRoom());
    inbox.remove("tea");
    rooms.say("removed", aRoom({ isMember: false }));
    expect(removed).toEqual(["tea"]);
    // Word of it that comes late brings nothing back.
    rooms.say("updated", aRoom({ isMember: false }));
    expect(inbox.snapshot().rooms.size).toBe(0);
  });
});

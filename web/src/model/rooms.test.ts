import { aUser, FakePeople } from "@parlour/sdk/fake-direct";
import { aMessage, aRoom, FakeConnection, FakeRooms, messages } from "@parlour/sdk/fake-rooms";
import { Store } from "@parlour/sdk/store";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Blocks } from "./blocks.ts";
import { Drafts } from "./drafts.ts";
import { OfSession } from "./of-session.ts";
import { Rooms, type RoomsEvent } from "./rooms.ts";
import type { SessionState } from "./session-state.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

class Switch<T> extends Store<T> {
  turn(value: T): void {
    this.set(value);
  }
}

function setUp() {
  const api = new FakeRooms();
  const connection = new FakeConnection();
  const attention = new Switch(true);
  const events: RoomsEvent[] = [];
  let id = 0;
  const people = new FakePeople();
  const blocks = new Blocks("ada", { people, connection, attention });
  const rooms = new Rooms("ada", {
    rooms: api,
    blocks,
    connection,
    attention,
    newId: () => `own-${(id += 1)}`,
    drafts: new Drafts(null, "1", "any"),
    onEvent: (event) => events.push(event),
  });
  const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);
  const listed = (...added: ReturnType<typeof aRoom>[]): void =>
    api.syncs[0]!.succeed({ conversations: [], added, addedMore: false, removed: [] });
  /** Opens the room called "tea", in which `last` messages were said. */
  const enterTea = async (last: number): Promise<void> => {
    rooms.enter("tea");
    const lastMessage = last === 0 ? null : aMessage(last);
    api.joins.at(-1)!.succeed({ room: aRoom({ lastMessage, unreadCount: last }), activeUsers: [] });
    api.pages.at(-1)!.succeed({ messages: last === 0 ? [] : messages(1, last), hasMore: false });
    await settled();
  };
  const texts = () => rooms.open.snapshot()?.feed.snapshot().log.messages.map(({ content }) => content);
  return { api, people, blocks, connection, attention, events, rooms, listed, enterTea, texts, settled };
}

describe("the rooms of an account", () => {
  it("are joined when they are opened by a member, and left when they are closed", async () => {
    const { api, rooms, listed, enterTea } = setUp();
    listed(aRoom());
    await enterTea(1);
    rooms.enter("tea");
    expect(api.joins).toHaveLength(1);
    rooms.enter("coffee");
    expect(api.leaves).toEqual(["tea"]);
    expect(api.joins).toHaveLength(1);
    rooms.exit("tea");
    expect(rooms.open.snapshot()?.id).toBe("coffee");
    rooms.exit("coffee");
    expect(rooms.open.snapshot()).toBeNull();
  });

  it("show what one writes once, whichever of answer and message comes first", async () => {
    const { api, rooms, listed, enterTea, texts } = setUp();
    listed(aRoom());
    await enterTea(0);
    rooms.write("tea", "One");
    rooms.write("tea", "Two");
    const own = (seq: number) => aMessage(seq, { sender: "ada", content: `Own ${seq}`, clientId: `own-${seq}` });
    api.sends[0]!.succeed(own(1));
    api.say("message", own(1));
    api.say("message", own(2));
    api.sends[1]!.succeed(own(2));
    expect(texts()).toEqual(["Own 1", "Own 2"]);
    expect(rooms.outbox.snapshot()).toEqual([]);
    expect(api.sends).toHaveLength(2);
  });

  it("take back what was stored before the connection broke, without sending it again", async () => {
    const { api, connection, rooms, listed, enterTea, texts } = setUp();
    listed(aRoom());
    await enterTea(0);
    rooms.write("tea", "One");
    connection.go("offline");
    api.sends[0]!.fail();
    expect(rooms.outbox.snapshot()).toMatchObject([{ clientId: "own-1", status: { kind: "queued" } }]);
    connection.go("connected");
    const stored = aMessage(1, { sender: "ada", content: "One", clientId: "own-1" });
    expect(api.syncs.at(-1)?.about).toEqual({ tea: 0 });
    const conversation = { conversationId: "tea", messages: [stored], hasMore: false, lastReadSeq: 0 };
    api.syncs.at(-1)!.succeed({ conversations: [conversation], added: [], addedMore: false, removed: [] });
    expect(rooms.outbox.snapshot()).toEqual([]);
    api.joins.at(-1)!.succeed({ room: aRoom({ lastMessage: stored }), activeUsers: [] });
    expect(api.joins).toHaveLength(2);
    expect(api.sends).toHaveLength(1);
    expect(texts()).toEqual(["One"]);
  });

  it("are counted as unread but for the one that a person looks at", async () => {
    const { api, attention, rooms, listed, enterTea } = setUp();
    listed(aRoom({ unreadCount: 2 }), aRoom({ _id: "coffee", unreadCount: 3 }));
    expect(rooms.unread.snapshot()).toBe(5);
    await enterTea(2);
    expect(api.marks).toHaveLength(0);
    rooms.showsEnd(true);
    expect(rooms.attended.snapshot()).toBe("tea");
    expect(rooms.unread.snapshot()).toBe(3);
    expect(api.marks.map(({ about }) => about)).toEqual([2]);
    attention.turn(false);
    expect(rooms.unread.snapshot()).toBe(5);
    api.say("message", aMessage(3));
    expect(api.marks).toHaveLength(1);
    api.marks[0]!.succeed({ lastReadSeq: 2 });
    attention.turn(true);
    expect(api.marks.map(({ about }) => about)).toEqual([2, 3]);
    rooms.showsEnd(false);
    expect(rooms.attended.snapshot()).toBeNull();
  });

  it("are no longer listened to once one has left, here or in another tab", async () => {
    const { api, rooms, listed, enterTea, settled } = setUp();
    listed(aRoom(), aRoom({ _id: "coffee" }));
    await enterTea(1);
    api.say("removed", aRoom({ isMember: false }));
    expect(rooms.open.snapshot()?.feed.snapshot()).toMatchObject({ member: false, live: false });
    const left = rooms.quit("coffee");
    api.quits[0]!.succeed({});
    await left;
    await settled();
    expect([...rooms.inbox.snapshot().conversations.keys()]).toEqual([]);
    expect(rooms.known("coffee")).toMatchObject({ isMember: false });
  });

  it("are joined here when they are in another tab", async () => {
    const { api, rooms, listed, settled } = setUp();
    listed();
    rooms.enter("tea");
    api.pages.at(-1)!.succeed({ messages: [], hasMore: false });
    await settled();
    expect(api.joins).toHaveLength(0);
    api.say("added", aRoom());
    expect(api.joins).toHaveLength(1);
  });

  it("tell of what others say in the open one, and of what could not be sent", async () => {
    const { api, events, rooms, listed, enterTea } = setUp();
    listed(aRoom());
    await enterTea(0);
    api.say("message", aMessage(1));
    api.say("message", aMessage(2, { sender: "ada" }));
    rooms.write("tea", "One");
    api.sends[0]!.fail({ code: "forbidden", message: "No.", retryable: false, retryAfterMs: null });
    expect(events.map(({ kind }) => kind)).toEqual(["message", "failed"]);
    expect(rooms.inbox.snapshot().conversations.get("tea")?.lastMessage?.seq).toBe(2);
  });

  it("bug: the open room of an account in very many was shown as one that it is not in", async () => {
    const { api, connection, rooms, listed, enterTea } = setUp();
    listed(aRoom(), aRoom({ _id: "coffee" }));
    await enterTea(1);
    connection.go("offline");
    connection.go("connected");
    const others = { conversations: [], added: [aRoom({ _id: "coffee" })], addedMore: true, removed: [] };
    api.syncs.at(-1)!.succeed(others);
    expect(rooms.open.snapshot()?.feed.snapshot().member).toBe(true);
    rooms.enter("milk");
    rooms.enter("tea");
    expect(rooms.open.snapshot()?.feed.snapshot().member).toBe(true);
  });

  it("bug: a room that one had looked into counted oneself as being there", async () => {
    const { rooms, listed, enterTea } = setUp();
    listed(aRoom({ activeCount: 0 }));
    await enterTea(1);
    expect(rooms.inbox.snapshot().conversations.get("tea")?.activeCount).toBe(1);
    rooms.exit("tea");
    expect(rooms.inbox.snapshot().conversations.get("tea")?.activeCount).toBe(0);
  });

  it("bug: a room in which two were had one member, until the newer one said something", async () => {
    const { api, rooms, listed, enterTea } = setUp();
    listed(aRoom({ memberCount: 1, activeCount: 1 }));
    await enterTea(1);
    const counts = () => rooms.inbox.snapshot().conversations.get("tea");
    api.say("joined", { groupId: "tea", userId: "tom", userName: "Tom", isGuest: false, activeCount: 2 });
    expect(counts()).toMatchObject({ memberCount: 2, activeCount: 2 });
    api.say("left", { groupId: "tea", userId: "tom", userName: "Tom", isGuest: false, activeCount: 1 });
    expect(counts()).toMatchObject({ memberCount: 2, activeCount: 1 });
  });

  it("bug: a count that came before the list made what is unread as old as the count", async () => {
    const { api, connection, rooms, listed, enterTea } = setUp();
    listed(aRoom(), aRoom({ _id: "coffee" }));
    await enterTea(0);
    connection.go("offline");
    connection.go("connected");
    rooms.remember([aRoom({ _id: "coffee", memberCount: 9 })]);
    const added = [aRoom({ _id: "coffee", memberCount: 9, unreadCount: 4 })];
    api.syncs.at(-1)!.succeed({ conversations: [], added, addedMore: false, removed: [] });
    expect(rooms.inbox.snapshot().conversations.get("coffee")).toMatchObject({ memberCount: 9, unreadCount: 4 });
  });

  it("bug: were left over a connection that was closing already, when one signed out in another tab", async () => {
    const { api, rooms, listed, enterTea } = setUp();
    listed(aRoom());
    await enterTea(1);
    expect(rooms.open.snapshot()?.feed.snapshot().live).toBe(true);
    rooms.close();
    expect(api.leaves).toEqual([]);
  });

  it("keep what is being written, each its own", () => {
    const { rooms } = setUp();
    rooms.keepDraft("tea", "Half a");
    expect(rooms.draft("tea")).toBe("Half a");
    expect(rooms.draft("coffee")).toBe("");
    rooms.keepDraft("tea", "");
    expect(rooms.draft("tea")).toBe("");
  });

  it("are looked for in the list when only the address is known", async () => {
    const { api, rooms, settled } = setUp();
    const found = rooms.find("tea");
    api.lists[0]!.succeed({ groups: [aRoom({ _id: "coffee" })], nextCursor: "next" });
    await settled();
    api.lists[1]!.succeed({ groups: [aRoom()], nextCursor: "more" });
    expect(await found).toMatchObject({ name: "Tea" });
    expect(api.lists).toHaveLength(2);
  });
});

describe("what somebody says whom one has blocked", () => {
  it("is told of neither in the open room nor in the list, until one takes it back", async () => {
    const { api, people, blocks, events, rooms, listed, enterTea, settled } = setUp();
    listed(aRoom(), aRoom({ _id: "coffee" }));
    await enterTea(0);
    const news = (seq: number, sender: string) => {
      const lastMessage = aMessage(seq, { roomId: "coffee", sender });
      rooms.inbox.put(aRoom({ _id: "coffee", lastMessage, unreadCount: seq }));
    };
    const told = () => events.map((event) => (event.kind === "failed" ? event.kind : `${event.kind} ${event.message.seq}`));
    void blocks.block(aUser("mara"));
    people.blocks[0]!.succeed({});
    await settled();
    api.say("message", aMessage(1));
    news(1, "mara");
    expect(told()).toEqual([]);
    api.say("message", aMessage(2, { sender: "tom" }));
    news(2, "tom");
    expect(told()).toEqual(["message 2", "news 2"]);
    // To the server nothing is different: it is unread as before.
    expect(rooms.inbox.snapshot().conversations.get("coffee")?.unreadCount).toBe(2);
    void blocks.unblock("mara");
    people.unblocks[0]!.succeed({});
    await settled();
    api.say("message", aMessage(3));
    expect(told()).toEqual(["message 2", "news 2", "message 3"]);
  });
});

describe("whose rooms they are", () => {
  it("follows who is signed in, and closes what was another's", () => {
    const { api, blocks, connection, attention } = setUp();
    const session = new Switch<SessionState>({ kind: "checking" });
    const made: string[] = [];
    const holder = new OfSession(session, ({ id }) => {
      made.push(id);
      return new Rooms(id, { rooms: api, blocks, connection, attention, newId: () => "id", drafts: new Drafts(null, "1", "any") });
    });
    const user = { id: "7", username: "ada", displayName: null, avatarUrl: null, isGuest: false };
    session.turn({ kind: "signed_in", user });
    const first = holder.snapshot();
    session.turn({ kind: "signed_in", user: { ...user, displayName: "Ada" } });
    session.turn({ kind: "checking" });
    expect(holder.snapshot()).toBe(first);
    first?.outbox.add({ clientId: "a", conversationId: "tea", text: "Private" });
    session.turn({ kind: "signed_in", user: { ...user, id: "8" } });
    expect(made).toEqual(["7", "8"]);
    expect(first?.outbox.snapshot()).toEqual([]);
    session.turn({ kind: "signed_out", why: "left" });
    expect(holder.snapshot()).toBeNull();
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DirectInbox } from "./direct-inbox.ts";
import type { DirectConversation } from "./direct-events.ts";
import { aDirect, aDirectMessage, aUser, FakeDirect } from "./fake-direct.ts";
import { FakeConnection } from "./fake-rooms.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const WITH_TOM = aDirect({ conversation_id: "conv_1_3", other_user: aUser("3") });

function setUp(isConnected = true) {
  const direct = new FakeDirect();
  const connection = new FakeConnection();
  if (!isConnected) connection.go("connecting");
  const inbox = new DirectInbox({ direct, connection, random: () => 0 });
  const listed = (added: readonly DirectConversation[], addedMore = false): void =>
    direct.syncs.at(-1)!.succeed({ conversations: [], added, addedMore, removed: [] });
  const unread = () => [...inbox.snapshot().conversations.values()].map((one) => `${one.other_user.id}: ${one.unread_count}`);
  const first = () => inbox.snapshot().conversations.get("conv_1_2");
  return { direct, connection, inbox, listed, unread, first };
}

describe("one's direct conversations", () => {
  it("are what the server lists, and whoever writes for the first time is there at once", () => {
    const { direct, listed, unread } = setUp();
    listed([aDirect({ unread_count: 2 })]);
    direct.say("updated", WITH_TOM);
    direct.say("updated", aDirect({ unread_count: 0, lastReadSeq: 5 }));
    expect(unread()).toEqual(["2: 0", "3: 0"]);
  });

  it("say who comes and goes, and when they were last there, past what is new", () => {
    const { direct, listed, first } = setUp();
    listed([aDirect()]);
    const said = { conversationId: "conv_1_2", userId: "2", lastSeenAt: null };
    direct.say("online", said);
    expect(first()).toMatchObject({ is_online: true });
    direct.say("offline", { ...said, lastSeenAt: "2026-01-01T13:00:00.000Z" });
    direct.say("updated", aDirect({ unread_count: 1 }));
    expect(first()).toMatchObject({ is_online: false, lastSeenAt: "2026-01-01T13:00:00.000Z", unread_count: 1 });
  });

  it("go by who came while the list was on its way", () => {
    const { direct, connection, listed, first } = setUp();
    listed([aDirect()]);
    connection.go("offline");
    connection.go("connected");
    direct.say("online", { conversationId: "conv_1_2", userId: "2", lastSeenAt: null });
    listed([aDirect({ is_online: false, unread_count: 3 })]);
    expect(first()).toMatchObject({ is_online: true, unread_count: 3 });
    connection.go("offline");
    connection.go("connected");
    listed([aDirect({ is_online: false })]);
    expect(first()).toMatchObject({ is_online: false });
  });

  it("keep marks from going back, and the newest message", () => {
    const { direct, listed, first } = setUp();
    listed([aDirect({ otherLastReadSeq: 4, lastReadSeq: 3, last_message: aDirectMessage(5) })]);
    direct.say("updated", aDirect({ otherLastReadSeq: 2, lastReadSeq: 1, last_message: aDirectMessage(4) }));
    expect(first()).toMatchObject({ otherLastReadSeq: 4, lastReadSeq: 3, last_message: { seq: 5 } });
  });

  it("do not count by what is told of messages behind the list", () => {
    const { direct, listed, first } = setUp();
    listed([aDirect({ lastReadSeq: 2, unread_count: 3, last_message: aDirectMessage(5) })]);
    for (const [seq, unread_count] of [[3, 1], [4, 2]] as const) {
      direct.say("updated", aDirect({ lastReadSeq: 2, unread_count, last_message: aDirectMessage(seq) }));
      expect(first()).toMatchObject({ unread_count: 3, last_message: { seq: 5 } });
    }
    direct.say("updated", aDirect({ lastReadSeq: 4, unread_count: 1, last_message: aDirectMessage(5) }));
    expect(first()).toMatchObject({ unread_count: 1, lastReadSeq: 4 });
  });

  it("are read on where there are more, and lose whoever has blocked one meanwhile", async () => {
    const { direct, connection, listed, unread } = setUp();
    listed([aDirect(), WITH_TOM]);
    connection.go("offline");
    connection.go("connected");
    listed([aDirect({ unread_count: 7 })], true);
    expect(unread()).toEqual(["2: 7", "3: 0"]);
    direct.lists.at(-1)!.succeed({ conversations: [aDirect({ unread_count: 7 })], nextCursor: null });
    await vi.advanceTimersByTimeAsync(0);
    expect(unread()).toEqual(["2: 7"]);
  });

  it("are read without a connection where none is to be had, and are what the first one brings", async () => {
    const { direct, connection, inbox, listed, unread } = setUp(false);
    const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);
    expect(direct.lists).toHaveLength(0);
    connection.fails();
    connection.fails();
    expect(direct.lists.map(({ about }) => about)).toEqual([null]);
    direct.lists[0]!.fail();
    await settled();
    expect(inbox.snapshot().phase).toBe("loading");
    connection.fails();
    direct.lists[1]!.succeed({ conversations: [aDirect({ unread_count: 2 }), WITH_TOM], nextCursor: null });
    await settled();
    expect([inbox.snapshot().phase, ...unread()]).toEqual(["ready", "2: 2", "3: 0"]);
    // That is enough until there is a connection.
    connection.fails();
    expect(direct.lists).toHaveLength(2);
    connection.go("connected");
    listed([aDirect({ unread_count: 3 })]);
    expect(unread()).toEqual(["2: 3"]);
    connection.fails();
    expect(direct.lists).toHaveLength(2);
  });

  it("are read without a connection that is slow to come, and not where it came in time or nobody waits", async () => {
    const [slow, quick, closed] = [setUp(false), setUp(false), setUp(false)];
    await vi.advanceTimersByTimeAsync(1_900);
    quick.connection.go("connected");
    closed.inbox.close();
    expect(slow.direct.lists).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(200);
    expect([slow, quick, closed].map(({ direct }) => direct.lists.length)).toEqual([1, 0, 0]);
  });

  it("are not whole where there are more than were read, nor is what comes later than a connection of use", async () => {
    const first = setUp(false);
    first.connection.fails();
    first.direct.lists[0]!.succeed({ conversations: [aDirect({ unread_count: 2 })], nextCursor: "on" });
    await vi.advanceTimersByTimeAsync(0);
    expect([first.inbox.snapshot().phase, ...first.unread()]).toEqual(["loading", "2: 2"]);

    const late = setUp(false);
    late.connection.fails();
    late.connection.go("connected");
    late.listed([WITH_TOM]);
    late.direct.lists[0]!.succeed({ conversations: [aDirect({ unread_count: 2 })], nextCursor: null });
    await vi.advanceTimersByTimeAsync(0);
    expect(late.unread()).toEqual(["3: 0"]);
  });
});

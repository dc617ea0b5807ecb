import { aDirect, aDirectMessage, aUser, directMessages, FakeDirect, FakePeople } from "@parlour/sdk/fake-direct";
import { FakeConnection } from "@parlour/sdk/fake-rooms";
import { Value } from "@parlour/sdk/store";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Blocks } from "./blocks.ts";
import { newestFirst } from "./direct-words.ts";
import { Direct, otherOf, type DirectMessageEvent } from "./direct.ts";
import { Drafts } from "./drafts.ts";
import { OfSession } from "./of-session.ts";
import type { SessionState } from "./session-state.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const WITH_MARA = "conv_1_2";
const WITH_TOM = aDirect({ conversation_id: "conv_1_3", other_user: aUser("3") });
const GONE = { code: "not_found", message: "No.", retryable: false, retryAfterMs: null } as const;

function setUp() {
  const api = new FakeDirect();
  const people = new FakePeople();
  const connection = new FakeConnection();
  const attention = new Value(true);
  const events: DirectMessageEvent[] = [];
  const blocks = new Blocks("1", { people, connection, attention });
  let id = 0;
  const direct = new Direct("1", {
    direct: api,
    people,
    blocks,
    connection,
    attention,
    newId: () => `own-${(id += 1)}`,
    drafts: new Drafts(null, "1", "any"),
    onEvent: (event) => events.push(event),
  });
  const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);
  const listed = (...added: ReturnType<typeof aDirect>[]): void =>
    api.syncs.at(-1)!.succeed({ conversations: [], added, addedMore: false, removed: [] });
  /** Opens the conversation with account 2, in which `last` messages were said. */
  const enter = async (last: number, lastReadSeq = last): Promise<void> => {
    direct.enter(WITH_MARA);
    api.joins.at(-1)!.succeed({ isOnline: true, lastReadSeq, otherLastReadSeq: 0 });
    api.pages.at(-1)!.succeed({ messages: last === 0 ? [] : directMessages(1, last), hasMore: false });
    await settled();
  };
  const texts = () => direct.open.snapshot()?.feed.snapshot().log.messages.map(({ message_text }) => message_text);
  const mara = () => direct.inbox.snapshot().conversations.get(WITH_MARA);
  return { api, people, blocks, connection, attention, events, direct, settled, listed, enter, texts, mara };
}

const own = (seq: number) =>
  aDirectMessage(seq, { sender_id: "1", receiver_id: "2", message_text: `Own ${seq}`, clientId: `own-${seq}` });

describe("direct conversations", () => {
  it("show what one writes once, whichever of answer and message comes first", async () => {
    const { api, direct, listed, enter, texts } = setUp();
    listed(aDirect());
    await enter(0);
    direct.write(WITH_MARA, "One");
    direct.write(WITH_MARA, "Two");
    api.sends[0]!.succeed(own(1));
    api.say("sent", own(1));
    api.say("sent", own(2));
    api.sends[1]!.succeed(own(2));
    expect(texts()).toEqual(["Own 1", "Own 2"]);
    expect(direct.outbox.snapshot()).toEqual([]);
    expect(api.sends).toHaveLength(2);
  });

  it("send again under the same key after a lost connection, and know what was stored by the sync", async () => {
    const { api, connection, direct, listed, enter, texts } = setUp();
    listed(aDirect());
    await enter(0);
    direct.write(WITH_MARA, "One");
    connection.go("offline");
    api.sends[0]!.fail();
    connection.go("connected");
    expect(api.sends.map(({ about }) => about.clientId)).toEqual(["own-1", "own-1"]);
    expect(api.syncs.at(-1)?.about).toEqual({ [WITH_MARA]: 0 });
    api.joins.at(-1)!.succeed({ isOnline: true, lastReadSeq: 0, otherLastReadSeq: 1 });
    const conversation = { conversationId: WITH_MARA, messages: [own(1)], hasMore: false, lastReadSeq: 0, otherLastReadSeq: 1 };
    api.syncs.at(-1)!.succeed({ conversations: [conversation], added: [], addedMore: false, removed: [] });
    expect(direct.outbox.snapshot()).toEqual([]);
    api.sends[1]!.succeed(own(1));
    expect(texts()).toEqual(["Own 1"]);
    expect(direct.open.snapshot()?.feed.otherRead.snapshot()).toBe(1);
  });

  it("are read while a person looks at the end, and in another tab too", async () => {
    const { api, attention, direct, listed, enter } = setUp();
    listed(aDirect({ unread_count: 2 }), { ...WITH_TOM, unread_count: 3 });
    expect(direct.unread.snapshot()).toBe(5);
    await enter(2, 0);
    expect(api.marks).toHaveLength(0);
    direct.showsEnd(true);
    expect(direct.unread.snapshot()).toBe(3);
    expect(api.marks.map(({ about }) => about)).toEqual([2]);
    attention.put(false);
    api.marks[0]!.succeed({ lastReadSeq: 2 });
    api.say("message", aDirectMessage(3));
    api.say("updated", aDirect({ unread_count: 1, lastReadSeq: 2, last_message: aDirectMessage(3) }));
    expect(direct.unread.snapshot()).toBe(4);
    // Another tab has read it: nothing is left to be told here.
    api.say("updated", aDirect({ unread_count: 0, lastReadSeq: 3, last_message: aDirectMessage(3) }));
    attention.put(true);
    expect(direct.unread.snapshot()).toBe(3);
    expect(api.marks).toHaveLength(1);
  });

  it("show the list and the open one the same marks and presence", async () => {
    const { api, direct, listed, enter, mara } = setUp();
    listed(aDirect());
    await enter(1);
    expect(mara()).toMatchObject({ is_online: true });
    api.say("read", { conversationId: WITH_MARA, readerId: "2", lastReadSeq: 1 });
    expect(mara()).toMatchObject({ otherLastReadSeq: 1 });
    api.say("updated", aDirect({ otherLastReadSeq: 4 }));
    expect(direct.open.snapshot()?.feed.otherRead.snapshot()).toBe(4);
  });

  it("tell of what the other one writes, and of what could not be sent; who is gone is not written to", async () => {
    const { api, events, direct, listed, enter, mara } = setUp();
    listed(aDirect());
    await enter(0);
    api.say("message", aDirectMessage(1));
    direct.write(WITH_MARA, "One");
    api.sends[0]!.fail(GONE);
    expect(events.map(({ kind }) => kind)).toEqual(["message", "failed"]);
    expect(direct.open.snapshot()?.feed.snapshot()).toMatchObject({ live: false, joinError: GONE });
    expect(mara()).toMatchObject({ is_online: false });
    expect(direct.outbox.snapshot()).toMatchObject([{ status: { kind: "failed" } }]);
  });
});

describe("one's own typing", () => {
  it("is told once in a while, and taken back when one sends, leaves the field, empties it or goes", async () => {
    const { api, direct, listed, enter } = setUp();
    listed(aDirect());
    await enter(0);
    const type = (text: string): void => direct.typed(WITH_MARA, text);
    for (const text of ["H", "He", "Hel"]) type(text);
    expect(api.hints).toEqual([`typing ${WITH_MARA}`]);
    vi.advanceTimersByTime(2_300);
    type("Hell");
    expect(api.hints).toHaveLength(2);
    direct.write(WITH_MARA, "Hell");
    expect(api.hints.at(-1)).toBe(`stop ${WITH_MARA}`);
    for (const stop of [() => direct.stopsTyping(), () => type(" "), () => direct.exit(WITH_MARA)]) {
      vi.advanceTimersByTime(2_300);
      const before = api.hints.length;
      type("x");
      stop();
      expect(api.hints.slice(before)).toEqual([`typing ${WITH_MARA}`, `stop ${WITH_MARA}`]);
    }
  });
});

describe("people", () => {
  it("who were found are in the list once they are opened, and as they are if they were there", async () => {
    const { api, direct, listed } = setUp();
    listed(aDirect({ unread_count: 2 }));
    const opened = direct.openWith(aUser("3"));
    api.opens[0]!.succeed({ conversationId: "conv_1_3" });
    expect(await opened).toEqual({ ok: true, value: "conv_1_3" });
    void direct.openWith(aUser("2"));
    api.opens[1]!.succeed({ conversationId: WITH_MARA });
    const shown = [...direct.inbox.snapshot().conversations.values()].map((one) => [one.other_user.id, one.unread_count]);
    expect(shown).toEqual([["2", 2], ["3", 0]]);
  });

  it("are found by the address of a conversation, and nobody by one that is not one's own", async () => {
    const { api, direct, listed, settled } = setUp();
    listed();
    const found = direct.find("conv_1_3");
    expect(api.opens.map(({ about }) => about)).toEqual(["3"]);
    api.opens[0]!.succeed({ conversationId: "conv_1_3" });
    await settled();
    api.lists[0]!.succeed({ conversations: [aDirect(), WITH_TOM], nextCursor: "more" });
    expect((await found).ok).toBe(true);
    expect(direct.inbox.snapshot().conversations.has("conv_1_3")).toBe(true);
    expect(api.lists).toHaveLength(1);
    expect(await direct.find("conv_2_3")).toMatchObject({ ok: false, error: { code: "not_found" } });
    expect(api.opens).toHaveLength(1);
  });

  it.each([
    ["conv_1_2", "1", "2"],
    ["conv_1_2", "2", "1"],
    ["conv_a_b_c", "a_b", "c"],
    ["conv_a_b_c", "b_c", "a"],
    ["conv_1_2", "3", ""],
    ["room_1", "1", ""],
  ])("are told by %s for %s: %s", (conversation, self, other) => {
    expect(otherOf(conversation, self)).toBe(other);
  });

  it("are blocked and unblocked, also while the list of them is on its way", async () => {
    const { api, people, direct, listed, enter, settled, mara } = setUp();
    listed(aDirect());
    await enter(0);
    const names = () => [...direct.blocks.snapshot().users.keys()];
    void direct.block(aUser("2"));
    people.blocks[0]!.succeed({});
    await settled();
    expect(names()).toEqual(["2"]);
    expect(mara()).toMatchObject({ is_online: false });
    people.lists[0]!.succeed({ users: [aUser("7")], nextCursor: null });
    await settled();
    expect(names()).toEqual(["7", "2"]);
    void direct.blocks.unblock("2");
    people.unblocks[0]!.succeed({});
    await settled();
    expect(names()).toEqual(["7"]);
    // Whoever joins again is told whether the other one is there.
    api.joins.at(-1)!.succeed({ isOnline: true, lastReadSeq: 0, otherLastReadSeq: 0 });
    expect(api.joins).toHaveLength(2);
    expect(mara()).toMatchObject({ is_online: true });
  });
});

describe("whom one blocks", () => {
  it("is asked again when one is refused: it may be another device's doing", async () => {
    const { api, people, direct, listed, enter, settled, mara } = setUp();
    people.lists[0]!.succeed({ users: [], nextCursor: null });
    listed(aDirect({ is_online: true }));
    await enter(0);
    direct.write(WITH_MARA, "One");
    api.sends[0]!.fail(GONE);
    people.lists[1]!.succeed({ users: [aUser("2")], nextCursor: null });
    await settled();
    expect([...direct.blocks.snapshot().users.keys()]).toEqual(["2"]);
    expect(mara()).toMatchObject({ is_online: false });
  });
});

describe("the list", () => {
  it("has what is newest first", () => {
    const at = (id: string, updated_at: string) => aDirect({ conversation_id: id, updated_at });
    const shown = newestFirst([at("b", "2026-01-01"), at("c", "2026-01-03"), at("a", "2026-01-01")]);
    expect(shown.map(({ conversation_id }) => conversation_id)).toEqual(["c", "a", "b"]);
  });

  it("is nobody's while a guest is signed in, and there once the guest has an account", () => {
    const { api, people, blocks, connection, attention } = setUp();
    const guest = { ...aUser("9"), isGuest: true };
    const session = new Value<SessionState>({ kind: "signed_in", user: guest });
    const holder = new OfSession(session, ({ id, isGuest }) =>
      isGuest ? null : new Direct(id, { direct: api, people, blocks, connection, attention, newId: () => "id", drafts: new Drafts(null, "1", "any") }),
    );
    expect(holder.snapshot()).toBeNull();
    session.put({ kind: "signed_in", user: aUser("9") });
    expect(holder.snapshot()?.self).toBe("9");
    session.put({ kind: "signed_out", why: "left" });
    expect(holder.snapshot()).toBeNull();
  });
});

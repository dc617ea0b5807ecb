import { FakePeople } from "@parlour/sdk/fake-direct";
import type { ParlourError } from "@parlour/sdk/errors";
import { aMessage, aRoom, FakeConnection, FakeRooms } from "@parlour/sdk/fake-rooms";
import type { Room, RoomMessage } from "@parlour/sdk/room-events";
import { Value } from "@parlour/sdk/store";
import type { SyncAnswer } from "@parlour/sdk/sync";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Blocks } from "./blocks.ts";
import { Drafts } from "./drafts.ts";
import { Rooms, type RoomsEvent } from "./rooms.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const AWAY: ParlourError = { code: "unavailable", message: "Later.", retryable: true, retryAfterMs: 500 };
const NOTHING: SyncAnswer<Room, RoomMessage> = { conversations: [], added: [], addedMore: false, removed: [] };
const COFFEE = aRoom({ _id: "coffee" });

/** The room called "tea" is open, and the connection was lost. */
async function lost() {
  const api = new FakeRooms();
  const connection = new FakeConnection();
  const events: RoomsEvent[] = [];
  let id = 0;
  const newId = () => `own-${(id += 1)}`;
  const onEvent = (event: RoomsEvent): void => void events.push(event);
  const attention = new Value(true);
  const blocks = new Blocks("ada", { people: new FakePeople(), connection, attention });
  const rooms = new Rooms("ada", { rooms: api, blocks, connection, attention, newId, onEvent, drafts: new Drafts(null, "1", "any") });
  const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);
  api.syncs[0]!.succeed({ ...NOTHING, added: [aRoom(), COFFEE] });
  rooms.enter("tea");
  api.joins[0]!.succeed({ room: aRoom(), activeUsers: [] });
  api.pages[0]!.succeed({ messages: [], hasMore: false });
  await settled();
  connection.go("offline");
  const back = (): void => {
    connection.go("connecting");
    connection.go("connected");
  };
  const synced = (more: Partial<SyncAnswer<Room, RoomMessage>> = {}): void =>
    api.syncs.at(-1)!.succeed({ ...NOTHING, ...more });
  const tea = () => rooms.open.snapshot()!.feed.snapshot();
  const joined = () => api.joins.slice(1).map(({ about }) => about);
  const sent = () => api.sends.map(({ about }) => about.content);
  const waiting = () => rooms.outbox.snapshot().map(({ text, status }) => `${text} ${status.kind}`);
  return { api, connection, events, rooms, settled, back, synced, tea, joined, sent, waiting };
}

const CAUGHT_UP = { conversations: [{ conversationId: "tea", messages: [], hasMore: false, lastReadSeq: 0 }] };

describe("bug: a page that was offline undid a leave made elsewhere", () => {
  it("joins the open room again, and sends what waits, once it knows that one is in it still", async () => {
    const { rooms, back, synced, joined, sent } = await lost();
    rooms.write("tea", "Milk?");
    rooms.write("coffee", "Sugar?");
    back();
    expect([joined(), sent()]).toEqual([[], []]);
    synced({ ...CAUGHT_UP, added: [COFFEE] });
    expect([joined(), sent()]).toEqual([["tea"], ["Milk?", "Sugar?"]]);
  });

  it("shows a room that was left as left, and what was not sent as such", async () => {
    const { api, events, rooms, back, synced, tea, joined, sent, waiting } = await lost();
    rooms.write("tea", "Milk?");
    back();
    synced({ removed: ["tea"], added: [COFFEE] });
    await vi.advanceTimersByTimeAsync(60_000);
    expect([joined(), sent()]).toEqual([[], []]);
    expect(tea()).toMatchObject({ member: false, live: false, phase: { kind: "ready" } });
    expect(rooms.openName.snapshot()).toBe("Tea");
    expect(waiting()).toEqual(["Milk? failed"]);
    expect(events).toMatchObject([{ kind: "failed", error: { code: "not_in_room" } }]);
    // By hand it is joined as ever.
    rooms.open.snapshot()!.feed.join();
    expect(joined()).toEqual(["tea"]);
    expect(api.syncs).toHaveLength(2);
  });

  it("sends nothing to a room that was left and is not open", async () => {
    const { rooms, back, synced, sent, waiting } = await lost();
    rooms.write("coffee", "Sugar?");
    back();
    synced(CAUGHT_UP);
    expect(sent()).toEqual([]);
    expect(waiting()).toEqual(["Sugar? failed"]);
  });

  it("waits for the rest of a long list with what that may still say", async () => {
    const { api, rooms, settled, back, synced, joined, sent, waiting } = await lost();
    rooms.write("tea", "Milk?");
    rooms.write("coffee", "Sugar?");
    rooms.write("milk", "Hot?");
    back();
    synced({ ...CAUGHT_UP, addedMore: true });
    expect([joined(), sent()]).toEqual([["tea"], ["Milk?"]]);
    api.lists[0]!.succeed({ groups: [COFFEE], nextCursor: "next" });
    await settled();
    expect(sent()).toEqual(["Milk?", "Sugar?"]);
    api.lists[1]!.succeed({ groups: [{ ...aRoom({ _id: "milk" }), isMember: false }], nextCursor: null });
    await settled();
    // One never was in it here: writing there makes one a member as ever.
    expect(waiting()).toEqual(["Milk? sending", "Sugar? sending", "Hot? sending"]);
  });

  it("joins nothing while the server cannot say, and asks again", async () => {
    const { api, rooms, back, synced, tea, joined, sent } = await lost();
    rooms.write("tea", "Milk?");
    back();
    api.syncs.at(-1)!.fail(AWAY);
    expect(tea()).toMatchObject({ member: true, live: false, phase: { kind: "ready" } });
    expect(rooms.inbox.snapshot().conversations.has("tea")).toBe(true);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(api.syncs).toHaveLength(3);
    synced({ conversations: [{ conversationId: "tea", error: AWAY }], added: [COFFEE] });
    await vi.advanceTimersByTimeAsync(3_000);
    expect([joined(), sent()]).toEqual([[], []]);
    expect(api.syncs).toHaveLength(4);
    synced({ ...CAUGHT_UP, added: [COFFEE] });
    expect([joined(), sent()]).toEqual([["tea"], ["Milk?"]]);
  });

  it("forgets what was known where the connection is lost again", async () => {
    const { api, connection, back, synced, joined } = await lost();
    back();
    const late = api.syncs.at(-1)!;
    connection.go("offline");
    back();
    late.succeed({ ...NOTHING, ...CAUGHT_UP });
    expect(joined()).toEqual([]);
    synced({ removed: ["tea"], added: [COFFEE] });
    expect(joined()).toEqual([]);
  });

  it("leaves a room whose joining is to be tried again", async () => {
    const { api, back, synced, joined } = await lost();
    back();
    synced(CAUGHT_UP);
    api.joins.at(-1)!.fail(AWAY);
    api.say("removed", aRoom({ isMember: false }));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(joined()).toEqual(["tea"]);
  });

  it("takes for stored what was on its way when one left, if it was", async () => {
    const { api, rooms, back, synced, waiting } = await lost();
    back();
    synced({ ...CAUGHT_UP, added: [COFFEE] });
    rooms.write("coffee", "Sugar?");
    api.say("removed", { ...COFFEE, isMember: false });
    expect(waiting()).toEqual(["Sugar? failed"]);
    api.sends[0]!.succeed(aMessage(1, { roomId: "coffee", clientId: "own-1" }));
    expect(waiting()).toEqual([]);
  });

  it("sends to a room that one has opened by hand before the list was read", async () => {
    const { api, rooms, back, synced, joined, sent } = await lost();
    rooms.exit("tea");
    back();
    synced({ addedMore: true });
    rooms.enter("coffee");
    rooms.write("coffee", "Sugar?");
    expect([joined(), sent()]).toEqual([["coffee"], []]);
    api.joins.at(-1)!.succeed({ room: COFFEE, activeUsers: [] });
    expect(sent()).toEqual(["Sugar?"]);
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeRooms } from "./fake-rooms.ts";
import { ASK_NAMES_EVERY_MS, GroupPeople, SPREAD_MS } from "./group-people.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const MARA = { userId: "mara", userName: "Mara", isGuest: false };

function setUp(random = 0) {
  const rooms = new FakeRooms();
  let newest = 1;
  const people = new GroupPeople({ source: rooms, groupId: "tea", self: "ada", newest: () => newest, random: () => random });
  people.entered({ users: [MARA], count: 1 });
  const counted = (activeCount: number): void => rooms.say("count", { groupId: "tea", activeCount });
  const presence = () => people.snapshot().presence;
  return { rooms, people, counted, presence, said: () => (newest += 1) };
}

describe("who is in the room", () => {
  it("comes and goes, and is folded into one line until something is said", () => {
    const { rooms, people, presence, said } = setUp();
    const notice = (userId: string, activeCount: number) => ({ ...MARA, groupId: "tea", userId, userName: userId, activeCount });
    rooms.say("joined", notice("tom", 2));
    rooms.say("joined", notice("eve", 3));
    rooms.say("left", notice("tom", 2));
    rooms.say("joined", { ...notice("zoe", 9), groupId: "coffee" });
    expect(presence()).toMatchObject({ count: 2 });
    expect(presence().users.map(({ userId }) => userId)).toEqual(["mara", "eve"]);
    expect(people.snapshot().comings).toHaveLength(1);
    expect(people.snapshot().comings[0]?.people.map(({ userId, did }) => `${userId} ${did}`)).toEqual(["eve joined", "tom left"]);
    said();
    rooms.say("left", notice("eve", 1));
    expect(people.snapshot().comings.map(({ afterSeq }) => afterSeq)).toEqual([1, 2]);
  });
});

it("bug: that somebody left was told once with who was there before", () => {
  const { rooms, people } = setUp();
  rooms.say("joined", { ...MARA, groupId: "tea", userId: "tom", activeCount: 2 });
  const counts: number[] = [];
  people.subscribe(() => counts.push(people.snapshot().presence.count));
  rooms.say("left", { ...MARA, groupId: "tea", userId: "tom", activeCount: 1 });
  expect(counts).toEqual([1]);
});

describe("bug: one who joined made every tab ask for all names", () => {
  it("asks nothing while nobody looks at them", () => {
    const { rooms, counted, presence } = setUp();
    counted(150);
    vi.advanceTimersByTime(60_000);
    expect(rooms.names).toHaveLength(0);
    expect(presence()).toEqual({ users: [MARA], count: 150 });
  });

  it("asks when somebody begins to look, and believes the answer's count", () => {
    const { rooms, people, counted, presence } = setUp(0.5);
    counted(150);
    people.watch();
    vi.advanceTimersByTime(0);
    expect(rooms.names).toHaveLength(1);
    rooms.names[0]!.succeed({ users: [MARA], count: 151 });
    expect(presence()).toEqual({ users: [MARA], count: 151 });
    vi.advanceTimersByTime(60_000);
    expect(rooms.names).toHaveLength(1);
  });

  it("asks not at once with all others, nor often", () => {
    const { rooms, people, counted } = setUp(0.5);
    people.watch();
    counted(150);
    expect(rooms.names).toHaveLength(0);
    vi.advanceTimersByTime(SPREAD_MS / 2);
    expect(rooms.names).toHaveLength(1);
    counted(151);
    rooms.names[0]!.succeed({ users: [MARA], count: 151 });
    for (let count = 160; count < 165; count += 1) counted(count);
    vi.advanceTimersByTime(ASK_NAMES_EVERY_MS - 1);
    expect(rooms.names).toHaveLength(1);
    vi.advanceTimersByTime(1 + SPREAD_MS / 2);
    expect(rooms.names).toHaveLength(2);
  });

  it("asks neither where there are too many to be named, nor where the notices have told all", () => {
    const { rooms, people, counted } = setUp();
    people.watch();
    counted(300);
    vi.advanceTimersByTime(60_000);
    counted(2);
    rooms.say("joined", { groupId: "tea", userId: "tom", userName: "Tom", isGuest: false, activeCount: 2 });
    vi.advanceTimersByTime(60_000);
    expect(rooms.names).toHaveLength(0);
  });

  it("asks no more once nobody looks, or the room was left", () => {
    const { rooms, people, counted } = setUp(0.5);
    const end = people.watch();
    const other = people.watch();
    counted(150);
    end();
    end();
    vi.advanceTimersByTime(60_000);
    expect(rooms.names).toHaveLength(1);
    rooms.names[0]!.fail();
    counted(151);
    other();
    vi.advanceTimersByTime(60_000);
    people.watch();
    counted(152);
    people.left();
    vi.advanceTimersByTime(60_000);
    expect(rooms.names).toHaveLength(1);
  });
});

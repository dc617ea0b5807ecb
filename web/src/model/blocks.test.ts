import { aUser, FakePeople } from "@parlour/sdk/fake-direct";
import { FakeConnection } from "@parlour/sdk/fake-rooms";
import { Value } from "@parlour/sdk/store";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Blocks } from "./blocks.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function setUp(kind: "connected" | "connecting" = "connected") {
  const people = new FakePeople();
  const connection = new FakeConnection();
  connection.go(kind);
  const attention = new Value(true);
  const told = new Set<() => void>();
  let tells = 0;
  const tabs = {
    tell: () => void (tells += 1),
    onTold: (listener: () => void) => {
      told.add(listener);
      return () => told.delete(listener);
    },
  };
  const blocks = new Blocks("1", { people, connection, attention, tabs });
  const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);
  const answered = async (...ids: string[]): Promise<void> => {
    people.lists.at(-1)!.succeed({ users: ids.map(aUser), nextCursor: null });
    await settled();
  };
  const elsewhere = (): void => told.forEach((listener) => listener());
  const names = () => [...blocks.snapshot().users.keys()];
  return { people, connection, attention, blocks, settled, answered, elsewhere, names, told, tells: () => tells };
}

describe("whom one blocks", () => {
  it("is read with each connection, and when one comes back to the page while there is one", async () => {
    const { people, connection, attention, answered, names } = setUp();
    expect(people.lists).toHaveLength(1);
    await answered("2");
    expect(names()).toEqual(["2"]);
    attention.put(false);
    attention.put(true);
    await answered("2", "3");
    expect(names()).toEqual(["2", "3"]);
    connection.go("offline");
    attention.put(false);
    attention.put(true);
    expect(people.lists).toHaveLength(2);
    connection.go("connected");
    expect(people.lists).toHaveLength(3);
  });

  it("is read before there is a connection: what is kept can be shown without one", async () => {
    const { people, connection, blocks, answered } = setUp("connecting");
    expect(people.lists).toHaveLength(1);
    await answered("2");
    expect(blocks.snapshot().phase).toBe("ready");
    connection.go("connected");
    expect(people.lists).toHaveLength(2);
  });

  it("is told to the other tabs, which read it anew, also when they are reading already", async () => {
    const { people, blocks, settled, answered, elsewhere, names, tells } = setUp();
    void blocks.block(aUser("2"));
    people.blocks[0]!.succeed({});
    await settled();
    expect(tells()).toBe(1);
    elsewhere();
    elsewhere();
    expect(people.lists).toHaveLength(1);
    await answered();
    // What was read may be older than what was done here.
    expect(names()).toEqual(["2"]);
    expect(people.lists).toHaveLength(2);
    await answered("2", "4");
    expect(names()).toEqual(["2", "4"]);
    expect(people.lists).toHaveLength(2);
    elsewhere();
    await answered();
    expect(names()).toEqual([]);
  });

  it("is the same object as long as they are the same people", async () => {
    const { attention, blocks, answered } = setUp();
    await answered("2");
    const { users } = blocks.snapshot();
    attention.put(false);
    attention.put(true);
    await answered("2");
    expect(blocks.snapshot().users).toBe(users);
  });

  it("bug: was asked for to the end after one had signed out, and refused", async () => {
    const { people, blocks, settled } = setUp();
    const before = blocks.snapshot();
    blocks.close();
    await settled();
    expect(people.lists).toHaveLength(1);
    expect(blocks.snapshot()).toBe(before);
  });

  it("stays as it was when it cannot be read, and is nobody's business any more once one has signed out", async () => {
    const { people, connection, blocks, settled, answered, names, told } = setUp();
    people.lists[0]!.fail();
    await settled();
    expect(blocks.snapshot().phase).toBe("failed");
    connection.go("offline");
    connection.go("connected");
    await answered("2");
    expect(blocks.snapshot()).toMatchObject({ phase: "ready", error: null });
    blocks.close();
    connection.go("offline");
    connection.go("connected");
    expect(people.lists).toHaveLength(2);
    expect(told.size).toBe(0);
    expect(names()).toEqual(["2"]);
  });
});

import { describe, expect, it, vi } from "vitest";
import type { ParlourSocket } from "./ask.ts";
import { aDirect, aDirectMessage } from "./fake-direct.ts";
import { aMessage, aRoom } from "./fake-rooms.ts";
import { parseDirect, parseDirectMessage } from "./direct-events.ts";
import { parseRoom, parseRoomMessage } from "./room-events.ts";
import { readingSync, SyncClient } from "./sync.ts";

type Ack = (failure: Error | null, wire?: unknown) => void;

function setUp() {
  const sent: unknown[] = [];
  const acks: Ack[] = [];
  const socket = {
    connected: true,
    timeout: () => socket,
    emit: (_name: string, request: unknown, ack: Ack) => {
      sent.push(request);
      acks.push(ack);
    },
  };
  const turnEnds = (): Promise<void> => Promise.resolve();
  return { sent, acks, sync: new SyncClient(socket as unknown as ParlourSocket), turnEnds };
}

describe("a sync", () => {
  it("is one question for all who ask at the same time without a cursor", async () => {
    const { sent, acks, sync, turnEnds } = setUp();
    const [rooms, direct] = [vi.fn(), vi.fn()];
    sync.ask({}, "rooms", readingSync(rooms, parseRoom, parseRoomMessage));
    sync.ask({}, "direct", readingSync(direct, parseDirect, parseDirectMessage));
    expect(sent).toEqual([]);
    await turnEnds();
    expect(sent).toEqual([{ cursors: {}, forms: {} }]);
    acks[0]!(null, { success: true, conversations: [], added: [aRoom(), aDirect()], removed: [] });
    expect(rooms).toHaveBeenCalledWith({ ok: true, value: expect.objectContaining({ added: [aRoom()] }) as unknown });
    expect(direct).toHaveBeenCalledWith({ ok: true, value: expect.objectContaining({ added: [aDirect()] }) as unknown });
    sync.ask({}, "rooms", rooms);
    await turnEnds();
    expect(sent).toHaveLength(2);
  });

  it("is sent at once for whoever has a cursor, and takes the others along", async () => {
    const { sent, acks, sync, turnEnds } = setUp();
    const [rooms, direct, late] = [vi.fn(), vi.fn(), vi.fn()];
    sync.ask({}, "rooms", readingSync(rooms, parseRoom, parseRoomMessage));
    sync.ask({ conv_1_2: 3 }, "direct", readingSync(direct, parseDirect, parseDirectMessage));
    expect(sent).toEqual([{ cursors: { conv_1_2: 3 }, forms: { conv_1_2: "direct" } }]);
    sync.ask({}, "rooms", late);
    await turnEnds();
    expect(sent).toHaveLength(1);
    const conversation = { conversationId: "conv_1_2", messages: [aDirectMessage(4)], hasMore: false, lastReadSeq: 2, otherLastReadSeq: 3 };
    acks[0]!(null, { success: true, conversations: [conversation], added: [], removed: [] });
    expect(direct).toHaveBeenCalledWith({
      ok: true,
      value: { conversations: [conversation], added: [], addedMore: false, removed: [] },
    });
    // A message of another kind is not read as one of this.
    expect(rooms).toHaveBeenCalledWith({
      ok: true,
      value: expect.objectContaining({ conversations: [{ ...conversation, messages: [] }] }) as unknown,
    });
    expect(late).toHaveBeenCalledTimes(1);
    expect(parseRoomMessage(aDirectMessage(4))).toBeNull();
    expect(parseDirectMessage(aMessage(4))).toBeNull();
  });

  it("asks for itself where another one of this turn names other places", () => {
    const { sent, sync } = setUp();
    sync.ask({ tea: 1 }, "rooms", vi.fn());
    sync.ask({ conv_1_2: 3 }, "direct", vi.fn());
    expect(sent).toHaveLength(2);
  });
});

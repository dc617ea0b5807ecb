import { aMessage, messages } from "@parlour/sdk/fake-rooms";
import type { Outgoing } from "@parlour/sdk/outgoing";
import type { RoomMessage } from "@parlour/sdk/room-events";
import { describe, expect, it } from "vitest";
import { foldHidden } from "./hidden-rows.ts";
import { ROOM_MESSAGES } from "./message-readers.ts";
import { hasNews, newsSince, seenEnd, type EndLines, type News } from "./news.ts";
import { timelineEntries, type ShownLine } from "./timeline-rows.ts";

const SELF = "ada";
const eve = { sender: "eve" };
const own = { sender: SELF };

function lines(said: readonly RoomMessage[], more: Partial<EndLines<RoomMessage>> = {}): EndLines<RoomMessage> {
  return { log: { messages: said, newest: said.at(-1)?.seq ?? 0 }, shown: [], outgoing: [], ...more };
}

function line(key: string, senderId: string): ShownLine {
  return { key, senderId, author: "", authorMark: "@x", image: null, isGuest: false, text: "", at: 0 };
}

function outgoing(clientId: string): Outgoing {
  return { clientId, conversationId: "tea", text: "Hello", at: 0, status: { kind: "queued" }, isKept: true };
}

/** What came between the two, for somebody who has blocked these. */
function came(before: EndLines<RoomMessage>, now: EndLines<RoomMessage>, blocked: readonly string[], revealed: readonly string[] = []): News {
  const hiding = { senders: new Set(blocked), revealed: new Set(revealed) };
  return newsSince(seenEnd(before), now, { read: ROOM_MESSAGES, self: SELF, ...hiding });
}

const exactly = (count: number): News => ({ count, isAtLeast: false });

describe("what is new below", () => {
  const before = lines(messages(1, 3));
  const now = lines([...messages(1, 4), aMessage(5, eve), aMessage(6, eve), aMessage(7)]);

  it("is all that came since one was there, without what is hidden", () => {
    expect(came(before, now, [])).toEqual(exactly(4));
    expect(came(before, now, ["eve"])).toEqual(exactly(2));
    expect(came(before, now, ["eve", "mara"])).toEqual(exactly(0));
    expect(came(before, now, ["eve"], ["m6"])).toEqual(exactly(3));
    expect(came(now, now, [])).toEqual(exactly(0));
  });

  it("counts what is not stored yet once, and not what one has seen before it was", () => {
    const shown = lines(messages(1, 3), { shown: [line("m4", "tom"), line("m5", "eve")], outgoing: [outgoing("x")] });
    expect(came(before, shown, ["eve"])).toEqual(exactly(2));
    const stored = lines([...messages(1, 4), aMessage(5, eve), aMessage(6, { ...own, clientId: "x" })], { outgoing: [outgoing("x")] });
    expect(came(before, { ...stored, shown: [line("m4", "tom")] }, ["eve"])).toEqual(exactly(2));
    expect(came(shown, stored, [])).toEqual(exactly(0));
  });

  it("goes by the places of what is not known here, and says that it may be more where that may be hidden", () => {
    const later = { log: { messages: [aMessage(200, eve), aMessage(201)], newest: 201 }, shown: [], outgoing: [] };
    expect(came(before, later, [])).toEqual(exactly(198));
    expect(came(before, later, ["eve"])).toEqual({ count: 1, isAtLeast: true });
  });
});

describe("what the line above the new messages stands for", () => {
  const has = (said: readonly RoomMessage[], from: number, ...blocked: string[]): boolean => {
    const view = { read: ROOM_MESSAGES, self: SELF };
    const all = timelineEntries({ messages: said, hasOlder: false, comings: [], outgoing: [] }, view);
    return hasNews(foldHidden(all, ROOM_MESSAGES, { senders: new Set(blocked), revealed: new Set() }), from, view);
  };

  it("is something of others that is to be seen", () => {
    const said = [...messages(1, 2), aMessage(3, eve), aMessage(4, own)];
    expect([has(said, 3), has(said, 3, "eve"), has(said, 4)]).toEqual([true, false, false]);
    expect(has([...said, aMessage(5)], 3, "eve")).toBe(true);
  });
});

import { messages } from "@parlour/sdk/fake-rooms";
import type { RoomMessage } from "@parlour/sdk/room-events";
import { MAX_SEEN } from "@parlour/sdk/seen-messages";
import { describe, expect, it } from "vitest";
import { newerCosts, olderCosts } from "./in-view.ts";
import type { TimelineEntry } from "./timeline-rows.ts";

const FIRST = 1_001;

function message(seq: number): TimelineEntry<RoomMessage> {
  return { kind: "message", key: `m${seq}`, message: messages(seq, seq)[0]! };
}

/** So many hidden messages, drawn as one row. */
function folded(seq: number, count: number): TimelineEntry<RoomMessage> {
  return { kind: "hidden", key: `m${seq}`, keys: Array.from({ length: count }, (_, at) => `m${seq + at}`), seq, from: 0, until: 0 };
}

describe("another page", () => {
  const seen = messages(FIRST, FIRST + MAX_SEEN - 1);
  const last = FIRST + MAX_SEEN - 1;

  it("is asked for where one is near that end, and far from the other", () => {
    expect([olderCosts(seen, message(FIRST + 60)), newerCosts(seen, message(last - 60))]).toEqual([false, false]);
  });

  it("is not where it would cost what one looks at, be it a row that stands for many", () => {
    expect([olderCosts(seen, message(last)), newerCosts(seen, message(FIRST))]).toEqual([true, true]);
    const all = folded(FIRST, MAX_SEEN);
    expect([olderCosts(seen, all), newerCosts(seen, all)]).toEqual([true, true]);
    expect(olderCosts(seen, folded(FIRST, 60))).toBe(false);
  });

  it("costs nothing while few are seen, but what is not stored goes with the newest", () => {
    const few = messages(1, 50);
    expect([olderCosts(few, message(50)), newerCosts(few, message(1)), olderCosts(few, folded(1, 50))]).toEqual([false, false, false]);
    const line = { key: "x", senderId: "tom", author: "", authorMark: "@x", image: null, isGuest: false, text: "", at: 0 };
    const shown: TimelineEntry<RoomMessage> = { kind: "shown", key: "x", line };
    expect([olderCosts(few, shown), olderCosts(seen, shown), newerCosts(seen, shown)]).toEqual([false, true, false]);
    expect([newerCosts(few, { kind: "beginning", key: "beginning" }), olderCosts([], shown)]).toEqual([false, false]);
    expect([olderCosts([], undefined), newerCosts([], undefined)]).toEqual([false, false]);
  });
});

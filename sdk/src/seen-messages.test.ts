import { describe, expect, it } from "vitest";
import { aMessage, messages } from "./fake-rooms.ts";
import { logFromPage, takeIn } from "./message-log.ts";
import type { RoomMessage } from "./room-events.ts";
import { letGo, MAX_SEEN, seeNewer, seenOf, seeOlder, withEnd, type Known } from "./seen-messages.ts";

const MANY = 100_000;
const PAGE = 50;

/** Its first and last place, and whether there is more on either side. */
function view(known: Known<RoomMessage>): readonly [boolean, number | undefined, number | undefined, boolean] {
  const seen = seenOf(known);
  return [seen.hasOlder, seen.messages[0]?.seq, seen.messages.at(-1)?.seq, seen.hasNewer];
}

function firstSeq(known: Known<RoomMessage>): number {
  return seenOf(known).messages[0]!.seq;
}

function lastSeq(known: Known<RoomMessage>): number {
  return seenOf(known).messages.at(-1)!.seq;
}

function older(known: Known<RoomMessage>): Known<RoomMessage> {
  const first = firstSeq(known);
  const from = Math.max(1, first - PAGE);
  return seeOlder(known, messages(from, first - 1), from > 1);
}

function newer(known: Known<RoomMessage>): Known<RoomMessage> {
  const last = lastSeq(known);
  return seeNewer(known, messages(last + 1, Math.min(MANY, last + PAGE)));
}

function isWhole(known: Known<RoomMessage>): boolean {
  const { messages: seen } = seenOf(known);
  return seen.every(({ seq }, index) => seq === seen[0]!.seq + index);
}

const newest = (): Known<RoomMessage> => ({ log: logFromPage(messages(MANY - PAGE + 1, MANY), true), past: null });

describe("what one sees of a long conversation", () => {
  it("goes to its beginning and back to its end, and is never more than so many messages", () => {
    let known = newest();
    let pages = 0;
    for (; seenOf(known).hasOlder; pages += 1) {
      known = older(known);
      expect(seenOf(known).messages.length).toBeLessThanOrEqual(MAX_SEEN);
      expect(known.log.messages.length).toBeLessThanOrEqual(MAX_SEEN);
      expect(isWhole(known)).toBe(true);
    }
    expect(pages).toBe(MANY / PAGE - 1);
    expect(view(known)).toEqual([false, 1, MAX_SEEN, true]);
    for (; seenOf(known).hasNewer; pages += 1) {
      known = newer(known);
      // Where it reaches the end, what is known of that comes on top.
      expect(seenOf(known).messages.length).toBeLessThanOrEqual(seenOf(known).hasNewer ? MAX_SEEN : MAX_SEEN + 3 * PAGE);
      expect(isWhole(known)).toBe(true);
    }
    expect(lastSeq(known)).toBe(MANY);
    expect(known.log.newest).toBe(MANY);
  });

  it("goes on hearing what is new while one is far from it", () => {
    let known = newest();
    for (let page = 0; page < 20; page += 1) known = older(known);
    const before = view(known);
    for (let seq = MANY + 1; seq <= MANY + 5_000; seq += 1) {
      known = letGo({ log: takeIn(known.log, [aMessage(seq)]), past: known.past }, firstSeq(known));
      expect(known.log.messages.length).toBeLessThanOrEqual(1_000);
    }
    expect(view(known)).toEqual(before);
    expect(known.log.newest).toBe(MANY + 5_000);
  });

  it("keeps what one reads while very much comes in below", () => {
    let known = older(older(newest()));
    const reading = MANY - 120;
    for (let seq = MANY + 1; seq <= MANY + 3_000; seq += 1) {
      known = letGo({ log: takeIn(known.log, [aMessage(seq)]), past: known.past }, reading);
      const seqs = seenOf(known).messages.map((message) => message.seq);
      expect(seqs.length).toBeLessThanOrEqual(1_000);
      expect(seqs).toEqual(expect.arrayContaining([reading - 20, reading, reading + 100]));
    }
    expect(seenOf(known).hasNewer).toBe(true);
    expect(isWhole(known)).toBe(true);
  });

  it("lets the oldest go at the end, and while nobody looks", () => {
    let known = newest();
    for (let seq = MANY + 1; seq <= MANY + 3_000; seq += 1) {
      known = letGo({ log: takeIn(known.log, [aMessage(seq)]), past: known.past }, null);
      expect(seenOf(known).messages.length).toBeLessThanOrEqual(1_000);
    }
    expect(view(known).slice(2)).toEqual([MANY + 3_000, false]);
  });

  it("goes by an answer only where it fits", () => {
    let known = newest();
    for (let page = 0; page < 20; page += 1) known = older(known);
    const before = view(known);
    expect(view(seeNewer(known, messages(7, 9)))).toEqual(before);
    expect(view(seeNewer(known, messages(MANY - 20, MANY)))).toEqual(before);
    expect(view(seeOlder(known, messages(1, 50), false))).toEqual(before);
    // One has gone back to the end meanwhile.
    const end = { log: known.log, past: null };
    expect(seeNewer(end, messages(1, 9))).toEqual(end);
  });

  it("stays where it was when the end is read anew after a long absence, and leads there", () => {
    const known = older(older(newest()));
    const end = logFromPage(messages(MANY + 5_001, MANY + 5_050), true);
    const kept = withEnd(known, end, MANY - 100);
    expect(view(kept)).toEqual([true, MANY - 149, MANY, true]);
    expect(kept.log.newest).toBe(MANY + 5_050);
    expect(withEnd(known, end, null)).toEqual({ log: end, past: null });
    // What was seen reaches up to it.
    const near = withEnd(known, logFromPage(messages(MANY - 9, MANY + 40), true), MANY - 100);
    expect(view(near)).toEqual([true, MANY - 149, MANY + 40, false]);
    expect(isWhole(near)).toBe(true);
  });
});

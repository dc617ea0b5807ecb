import { describe, expect, it } from "vitest";
import { aMessage, messages } from "./fake-rooms.ts";
import { hasGap, knowHead, logFromPage, MAX_AHEAD, takeIn, takeOlder, trimOlder } from "./message-log.ts";

const seqs = (log: { readonly messages: readonly { readonly seq: number }[] }): number[] =>
  log.messages.map(({ seq }) => seq);

describe("a log of messages", () => {
  it("takes what comes next, each once", () => {
    const log = takeIn(logFromPage(messages(1, 3), false), [aMessage(4), aMessage(3), aMessage(4)]);
    expect(seqs(log)).toEqual([1, 2, 3, 4]);
    expect(takeIn(log, [aMessage(2)])).toBe(log);
  });

  it("holds back what comes beyond a gap, until it is filled", () => {
    const gap = takeIn(logFromPage(messages(1, 3), false), [aMessage(6), aMessage(5)]);
    expect(seqs(gap)).toEqual([1, 2, 3]);
    expect(hasGap(gap)).toBe(true);
    const filled = takeIn(gap, [aMessage(4)]);
    expect(seqs(filled)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(hasGap(filled)).toBe(false);
    expect(filled.ahead.size).toBe(0);
  });

  it("fills a gap in whatever order the pieces come", () => {
    const shuffled = [7, 4, 9, 5, 8, 6].map((seq) => aMessage(seq));
    expect(seqs(takeIn(logFromPage(messages(1, 3), false), shuffled))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const oneByOne = shuffled.reduce((log, message) => takeIn(log, [message]), logFromPage(messages(1, 3), false));
    expect(seqs(oneByOne)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it("begins at the first message of an empty conversation", () => {
    const log = takeIn(logFromPage([], false), [aMessage(2)]);
    expect(seqs(log)).toEqual([]);
    expect(seqs(takeIn(log, [aMessage(1)]))).toEqual([1, 2]);
  });

  it("keeps a bounded number beyond a gap, and still knows that there is more", () => {
    const far = takeIn(logFromPage(messages(1, 1), false), messages(3, MAX_AHEAD + 50));
    expect(far.ahead.size).toBe(MAX_AHEAD);
    expect(far.head).toBe(MAX_AHEAD + 50);
    const filled = takeIn(far, [aMessage(2)]);
    expect(filled.newest).toBe(MAX_AHEAD + 2);
    expect(hasGap(filled)).toBe(true);
    expect(hasGap(takeIn(filled, messages(filled.newest + 1, filled.head)))).toBe(false);
  });

  it("knows of a gap before it hears anything beyond it", () => {
    const log = knowHead(logFromPage(messages(1, 3), false), 5);
    expect(hasGap(log)).toBe(true);
    expect(knowHead(log, 4)).toBe(log);
  });

  it("puts older pages before, only where they belong", () => {
    const log = logFromPage(messages(51, 60), true);
    const older = takeOlder(log, messages(41, 50), true);
    expect(seqs(older)[0]).toBe(41);
    // An answer that came twice, or to an earlier question.
    expect(takeOlder(older, messages(41, 50), true).messages).toHaveLength(20);
    expect(takeOlder(older, messages(1, 10), false)).toBe(older);
    expect(takeOlder(older, messages(31, 45), false).messages).toHaveLength(30);
    expect(takeOlder(older, messages(31, 45), false).hasOlder).toBe(false);
  });

  it("lets the oldest go, and says that there are older ones", () => {
    const log = trimOlder(logFromPage(messages(1, 30), false), 10);
    expect(seqs(log)).toEqual(messages(21, 30).map(({ seq }) => seq));
    expect(log.hasOlder).toBe(true);
    expect(trimOlder(log, 10)).toBe(log);
  });
});

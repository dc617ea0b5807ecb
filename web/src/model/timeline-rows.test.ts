import { aMessage, messages } from "@parlour/sdk/fake-rooms";
import type { Outgoing } from "@parlour/sdk/outgoing";
import type { Comings } from "@parlour/sdk/presence";
import type { RoomMessage } from "@parlour/sdk/room-events";
import { describe, expect, it } from "vitest";
import { comingsWords } from "./group-words.ts";
import { foldHidden } from "./hidden-rows.ts";
import { ROOM_MESSAGES } from "./message-readers.ts";
import { isSameRow, placeOf, timelineEntries, timelineRowAt, type TimelineEntry, type TimelineLines } from "./timeline-rows.ts";

const SELF = "ada";
const NOON = new Date(2026, 0, 2, 12).getTime();

/** A message some minutes after noon. */
function at(seq: number, minutes: number, more: Partial<RoomMessage> = {}): RoomMessage {
  return aMessage(seq, { timestamp: new Date(NOON + minutes * 60_000).toISOString(), ...more });
}

function roomEntries(more: Partial<TimelineLines<RoomMessage>>): TimelineEntry<RoomMessage>[] {
  const lines = { messages: [], hasOlder: false, comings: [], outgoing: [], ...more };
  return timelineEntries(lines, { read: ROOM_MESSAGES, self: SELF });
}

const rowAt = (entries: TimelineEntry<RoomMessage>[], index: number, newFrom: number | null) =>
  timelineRowAt(entries, index, { read: ROOM_MESSAGES, self: SELF, newFrom });

function outgoing(clientId: string): Outgoing {
  return { clientId, conversationId: "tea", text: "Hello", at: NOON, isKept: true, status: { kind: "queued" } };
}

const coming = (key: string, afterSeq: number): Comings => ({ key, afterSeq, people: [] });
const keys = (more: Partial<TimelineLines<RoomMessage>>): string[] => roomEntries(more).map(({ key }) => key);

describe("the rows of a room", () => {
  it("are the messages, who came and went where it happened, and what is under way at the end", () => {
    expect(
      keys({
        messages: messages(1, 3),
        comings: [coming("a", 0), coming("b", 2), coming("c", 3)],
        outgoing: [outgoing("x")],
      }),
    ).toEqual(["beginning", "a", "m1", "m2", "b", "m3", "c", "x"]);
  });

  it("keep their key from pending to stored, and show it once in between", () => {
    const mine = aMessage(4, { sender: SELF, clientId: "x" });
    expect(keys({ messages: messages(1, 3), outgoing: [outgoing("x")] })).toEqual(["beginning", "m1", "m2", "m3", "x"]);
    expect(keys({ messages: [...messages(1, 3), mine], outgoing: [outgoing("x")] })).toEqual(["beginning", "m1", "m2", "m3", "x"]);
    expect(keys({ messages: [...messages(1, 3), mine] })).toEqual(["beginning", "m1", "m2", "m3", "x"]);
    // Somebody else may use the same id: their rows are another's.
    expect(keys({ messages: [aMessage(1, { clientId: "x" })], outgoing: [outgoing("x")] })).toEqual(["beginning", "m1", "x"]);
  });

  it("show what is not stored in the order of showing, one's own that nobody has seen last, each once", () => {
    const line = (key: string, senderId = "mara") => ({ key, senderId, author: "", authorMark: "@x", image: null, isGuest: false, text: "", at: NOON });
    const shown = [line("m4"), line("x", SELF), line("m5"), line("y", SELF), line("x", SELF)];
    const rows = roomEntries({ messages: messages(1, 1), shown, outgoing: [outgoing("z"), outgoing("x")] });
    expect(rows.map(({ key, kind }) => `${key} ${kind}`)).toEqual([
      "beginning beginning",
      "m1 message",
      "m4 shown",
      "x outgoing",
      "m5 shown",
      "y shown",
      "z outgoing",
    ]);
    const mine = aMessage(2, { sender: SELF, clientId: "x" });
    expect(keys({ messages: [mine], shown: [line("x", SELF)], outgoing: [outgoing("x")] })).toEqual(["beginning", "x"]);
  });

  it("begin the unread with what somebody else said, not with one's own from another device", () => {
    const own = { sender: SELF };
    const entries = roomEntries({ messages: [aMessage(1), aMessage(2, own), aMessage(3, own), aMessage(4), aMessage(5)] });
    const isNew = (newFrom: number): number[] => [...entries.keys()].filter((index) => rowAt(entries, index, newFrom)?.isNew === true);
    expect(isNew(2)).toEqual([4]);
    expect(isNew(4)).toEqual([4]);
    expect(isNew(5)).toEqual([5]);
    expect(isNew(6)).toEqual([]);
    // It began further up than what is known.
    const later = roomEntries({ messages: messages(7, 9), hasOlder: true });
    expect([...later.keys()].some((index) => rowAt(later, index, 3)?.isNew)).toBe(false);
  });

  it("leave out what happened before the oldest that is known", () => {
    expect(keys({ messages: messages(5, 6), hasOlder: true, comings: [coming("a", 2), coming("b", 5)] })).toEqual(["m5", "b", "m6"]);
  });

  it("are the server's order, whatever the clocks of those who wrote say", () => {
    const ahead = { ...outgoing("x"), at: NOON + 86_400_000 };
    const behind = { ...outgoing("y"), at: NOON - 86_400_000 };
    const said = [at(1, 0), at(2, -600), at(3, 5)];
    expect(keys({ messages: said, outgoing: [ahead, behind] })).toEqual(["beginning", "m1", "m2", "m3", "x", "y"]);
  });

  it("end where newer ones are that are not known: what is not stored is after those", () => {
    const lines = { messages: messages(4, 6), hasOlder: true, hasNewer: true, comings: [coming("a", 4), coming("b", 6)] };
    expect(keys({ ...lines, outgoing: [outgoing("x")] })).toEqual(["m4", "a", "m5", "m6"]);
  });

  it("know their place, and whether they are to be drawn anew", () => {
    const lines = { messages: messages(1, 3), comings: [coming("a", 2)], outgoing: [outgoing("x")] };
    const entries = roomEntries(lines);
    expect(["m2", "a", "x", "gone"].map((key) => placeOf(entries, key))).toEqual([2, 2, null, null]);
    const [before, after] = [entries, roomEntries({ ...lines, messages: [...lines.messages, aMessage(4)] })];
    const isSame = (index: number): boolean => isSameRow(rowAt(before, index, null)!, rowAt(after, index, null)!);
    expect([1, 2, 3].map(isSame)).toEqual([true, true, true]);
    // The one before the new one does not end what was said together any more.
    expect(isSame(4)).toBe(false);
    const again = roomEntries({ ...lines, outgoing: [{ ...outgoing("x"), status: { kind: "sending" } }] });
    expect(isSameRow(rowAt(before, 5, null)!, rowAt(again, 5, null)!)).toBe(false);
  });

  it("stand together when one person wrote them within minutes", () => {
    const entries = roomEntries({
      hasOlder: true,
      messages: [at(1, 0), at(2, 1), at(3, 2, { sender: "tom" }), at(4, 3, { sender: "tom" }), at(5, 9, { sender: "tom" })],
    });
    const groups = entries.slice(1).map((_, index) => {
      const row = rowAt(entries, index + 1, null);
      return `${row?.first === true ? "[" : ""}${row?.last === true ? "]" : ""}`;
    });
    expect(groups).toEqual(["]", "[", "]", "[]"]);
  });

  it("say the day where another one begins, past who came and went too", () => {
    const nextDay = 24 * 60;
    const entries = roomEntries({
      messages: [at(1, 0), at(2, 1), at(3, nextDay), at(4, nextDay + 1)],
      comings: [coming("a", 2), coming("b", 3)],
    });
    const days = entries.flatMap(({ key }, index) => (rowAt(entries, index, null)?.day == null ? [] : [key]));
    expect(days).toEqual(["m1", "m3"]);
  });

  it("are cut in two where the new ones begin", () => {
    const entries = roomEntries({ messages: [at(1, 0), at(2, 1), at(3, 2)] });
    expect(rowAt(entries, 2, 3)).toMatchObject({ last: true, isNew: false });
    expect(rowAt(entries, 3, 3)).toMatchObject({ first: true, isNew: true });
  });
});

describe("the rows of somebody whom one has blocked", () => {
  const line = (key: string, senderId: string) => ({ key, senderId, author: "", authorMark: "@x", image: null, isGuest: false, text: "", at: NOON + 60_000 * 9 });
  const fold = (entries: TimelineEntry<RoomMessage>[], ...revealed: string[]) =>
    foldHidden(entries, ROOM_MESSAGES, { senders: new Set(["mara", "eve"]), revealed: new Set(revealed) });
  const drawn = (entries: readonly TimelineEntry<RoomMessage>[]) =>
    entries.map((entry) => (entry.kind === "hidden" ? `${entry.key} x${entry.keys.length}` : entry.key));

  const tom = { sender: "tom" };
  const lines = {
    messages: [at(1, 0, tom), at(2, 1), at(3, 2, { sender: "eve" }), at(4, 3, tom), at(5, 4)],
    shown: [line("m6", "mara"), line("m7", "tom")],
    comings: [coming("a", 5)],
    outgoing: [outgoing("x")],
  };

  it("are folded into one where they stand together, stored or not, and nothing else is", () => {
    expect(drawn(fold(roomEntries(lines)))).toEqual(["beginning", "m1", "m2 x2", "m4", "m5 x1", "a", "m6 x1", "m7", "x"]);
    expect(drawn(fold(roomEntries({ messages: messages(1, 3) })))).toEqual(["beginning", "m1 x3"]);
  });

  it("keep their name as more come, and are shown when one asks for them, under their own", () => {
    const { shown, ...stored } = lines;
    const more = { ...stored, comings: [], messages: [...lines.messages, at(6, 5)] };
    expect(shown).toHaveLength(2);
    expect(drawn(fold(roomEntries(more)))).toEqual(["beginning", "m1", "m2 x2", "m4", "m5 x2", "x"]);
    expect(drawn(fold(roomEntries(more), "m2", "m3"))).toEqual(["beginning", "m1", "m2", "m3", "m4", "m5 x2", "x"]);
    // What comes after that is hidden again.
    expect(drawn(fold(roomEntries(more), "m5"))).toEqual(["beginning", "m1", "m2 x2", "m4", "m5", "m6 x1", "x"]);
  });

  it("do not name them among those who came and went, and say nothing where nobody else did", () => {
    const person = (userId: string, did: "joined" | "left" = "joined") => ({ userId, userName: userId, isGuest: false, did });
    const comings = [
      { key: "a", afterSeq: 1, people: [person("mara"), person("tom"), person("eve", "left")] },
      { key: "b", afterSeq: 2, people: [person("mara", "left"), person("eve")] },
      { key: "c", afterSeq: 3, people: [person("tom", "left")] },
    ];
    const entries = roomEntries({ messages: [at(1, 0, tom), at(2, 1), at(3, 2)], comings });
    const folded = fold(entries);
    // What one is not told of does not part what is hidden either.
    expect(drawn(folded)).toEqual(["beginning", "m1", "a", "m2 x2", "c"]);
    expect(folded.flatMap((entry) => (entry.kind === "comings" ? [comingsWords(entry.comings)] : []))).toEqual([
      comingsWords({ ...comings[0]!, people: [person("tom")] }),
      comingsWords(comings[2]!),
    ]);
    // What nobody is blocked in, is drawn as it was.
    expect(folded.at(-1)).toBe(entries.at(-1));
  });

  it("do not stand together with others, have their day said once, and leave the new ones to what is to be read", () => {
    const nextDay = 24 * 60;
    const entries = fold(roomEntries({ messages: [at(1, 0, tom), at(2, 1), at(3, nextDay), at(4, nextDay + 1, tom), at(5, nextDay + 2, tom)] }));
    const rows = entries.map((_, index) => rowAt(entries, index, 3)!);
    expect(drawn(entries)).toEqual(["beginning", "m1", "m2 x2", "m4", "m5"]);
    expect(rows.map(({ day }) => day !== null)).toEqual([false, true, false, false, false]);
    expect(rows.map(({ isNew }) => isNew)).toEqual([false, false, false, true, false]);
    expect(rows.map(({ first, last }) => `${first ? "[" : ""}${last ? "]" : ""}`).slice(1)).toEqual(["[]", "[]", "[", "]"]);
  });
});

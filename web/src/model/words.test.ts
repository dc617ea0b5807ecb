import { aRoom } from "@parlour/sdk/fake-rooms";
import type { Coming } from "@parlour/sdk/presence";
import { describe, expect, it } from "vitest";
import { dayName, shortMoment } from "./moments.ts";
import { fitsSearch, mostRecentFirst } from "./group-search.ts";
import { comingsWords, counted } from "./group-words.ts";

const person = (userName: string, did: Coming["did"]): Coming => ({ userId: userName, userName, isGuest: false, did });
const plain = (words: string): string => words.replace(/[\u2068\u2069]/gu, "");
const words = (...people: Coming[]): string => plain(comingsWords({ key: "k", afterSeq: 0, people }));

describe("who came and went, in one line", () => {
  it("names a few, and counts more", () => {
    expect(words(person("Ada", "joined"))).toBe("Ada joined");
    expect(words(person("Ada", "joined"), person("Tom", "left"), person("Mara", "joined"))).toBe("Ada and Mara joined · Tom left");
    const many = ["A", "B", "C", "D", "E"].map((name) => person(name, "left"));
    expect(words(...many.slice(0, 4))).toBe("A, B, C and D left");
    expect(words(...many)).toBe("A, B, C and 2 others left");
  });

  it("counts in words", () => {
    expect(counted(1, "member", "members")).toBe("1 member");
    expect(counted(0, "member", "members")).toBe("0 members");
  });
});

describe("moments", () => {
  const today = new Date(2026, 5, 10).getTime();
  const moment = (month: number, day: number, hour = 9): number => new Date(2026, month, day, hour).getTime();

  it("are a time today, a weekday this week, and else a date", () => {
    expect(shortMoment(moment(5, 10), today)).toMatch(/\d.\d\d/u);
    expect(shortMoment(moment(5, 9, 23), today)).toBe(new Intl.DateTimeFormat(undefined, { weekday: "short" }).format(moment(5, 9)));
    expect(shortMoment(moment(5, 3), today)).toMatch(/3/u);
  });

  it("name their day", () => {
    expect(dayName(moment(5, 10, 0), today)).toBe("Today");
    expect(dayName(moment(5, 9, 23), today)).toBe("Yesterday");
    expect(dayName(moment(5, 8), today)).toMatch(/8/u);
    expect(dayName(new Date(2024, 0, 1).getTime(), today)).toMatch(/2024/u);
  });
});

describe("the search", () => {
  it.each([
    ["Café Olé", "cafe", true],
    ["Café Olé", "ol CA", true],
    ["Tea & Toast", "toast", true],
    ["Tea", "ea", false],
    ["Tea", "", true],
    ["شاي", "شا", true],
  ])("finds %j by %j: %s", (name, query, found) => {
    expect(fitsSearch(name, query)).toBe(found);
  });

  it("lists what is new first", () => {
    const rooms = [aRoom({ updatedAt: "2026-01-01" }), aRoom({ _id: "b", updatedAt: "2026-01-03" }), aRoom({ _id: "a", updatedAt: "2026-01-03" })];
    expect(mostRecentFirst(rooms).map(({ _id }) => _id)).toEqual(["a", "b", "tea"]);
  });
});

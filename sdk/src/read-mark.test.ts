import { describe, expect, it } from "vitest";
import { aMessage, messages } from "./fake-rooms.ts";
import { lastRead } from "./read-mark.ts";

describe("what was unread when one came", () => {
  const own = { sender: "ada" };
  it.each([
    ["nothing", messages(1, 5), 0, 5],
    ["the last", messages(1, 5), 1, 4],
    ["some, with one's own among them", [aMessage(1), aMessage(2), aMessage(3, own), aMessage(4)], 2, 1],
    ["more than the page has", messages(11, 15), 9, 6],
    ["more than there can be", messages(11, 15), 50, 0],
    ["all there is", messages(1, 3), 3, 0],
  ] as const)("is told by how many there are: %s", (_, page, unread, expected) => {
    expect(lastRead(page, unread, page.at(-1)!.seq, "ada")).toBe(expected);
  });

  it("does not count what came after one was told", () => {
    expect(lastRead(messages(1, 6), 1, 5, "ada")).toBe(4);
  });
});

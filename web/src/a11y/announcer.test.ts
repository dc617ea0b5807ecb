import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Announcer } from "./announcer.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it("reads sentences that come together as one, and only the newest of many", () => {
  const announcer = new Announcer();
  for (const sentence of ["a.", "b.", "c.", "d.", "e."]) announcer.say(sentence);
  expect(announcer.snapshot()).toBe("");
  vi.runAllTimers();
  expect(announcer.snapshot()).toBe("2 more before this. c. d. e.");
});

it("changes something even when the same is said twice", () => {
  const announcer = new Announcer();
  announcer.say("Hello.");
  vi.runAllTimers();
  const first = announcer.snapshot();
  announcer.say("Hello.");
  vi.runAllTimers();
  expect(announcer.snapshot()).not.toBe(first);
  expect(announcer.snapshot().trim()).toBe("Hello.");
});

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { DISCONNECTED, TIMED_OUT } from "./errors.ts";
import { HttpClient } from "./http.ts";
import { PeopleClient } from "./people.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A server that never answers. */
function setUp() {
  const signals: AbortSignal[] = [];
  const fetch: typeof globalThis.fetch = (_input, init) =>
    new Promise((_resolve, reject) => {
      const { signal } = init!;
      signals.push(signal!);
      signal!.addEventListener("abort", () => reject(new Error("aborted")));
    });
  return { signals, people: new PeopleClient(new HttpClient({ fetch })) };
}

it("gives up what is not answered", async () => {
  const { people } = setUp();
  const answer = people.search("ada");
  await vi.advanceTimersByTimeAsync(15_000);
  expect(await answer).toEqual({ ok: false, error: TIMED_OUT });
});

it("gives up what nobody wants to know any more, and does not ask then", async () => {
  const { signals, people } = setUp();
  const abort = new AbortController();
  const answer = people.blocked(null, abort.signal);
  await vi.advanceTimersByTimeAsync(0);
  abort.abort();
  expect(await answer).toEqual({ ok: false, error: DISCONNECTED });
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  expect(await people.blocked(null, abort.signal)).toEqual({ ok: false, error: DISCONNECTED });
  expect(signals).toHaveLength(1);
  expect(vi.getTimerCount()).toBe(0);
});

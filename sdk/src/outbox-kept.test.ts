import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ParlourError } from "./errors.ts";
import { FakeConnection } from "./fake-rooms.ts";
import { StoredOutbox, wipeOutboxes } from "./kept-outbox.ts";
import { Outbox } from "./outbox.ts";
import type { Unsubscribe } from "./store.ts";
import type { TextStorage } from "./text-storage.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const REFUSED: ParlourError = { code: "forbidden", message: "No.", retryable: false, retryAfterMs: null };

class FakeStorage implements TextStorage {
  readonly kept = new Map<string, string>();
  isFull = false;
  /** What the other tabs are told of. */
  readonly #watchers = new Set<(key: string) => void>();

  readonly watch = (listener: (key: string) => void): Unsubscribe => {
    this.#watchers.add(listener);
    return () => this.#watchers.delete(listener);
  };

  get length(): number {
    return this.kept.size;
  }

  key(index: number): string | null {
    return [...this.kept.keys()][index] ?? null;
  }

  getItem(key: string): string | null {
    return this.kept.get(key) ?? null;
  }

  setItem(key: string, text: string): void {
    if (this.isFull) throw new Error("QuotaExceededError");
    this.kept.set(key, text);
  }

  removeItem(key: string): void {
    // As in a browser, but for telling the tab itself too; and only of what was there.
    if (this.kept.delete(key)) for (const watcher of [...this.#watchers]) watcher(key);
  }
}

/** A page of the account "ada" over this storage; `answers` are those to what it sends. */
function visit(storage: TextStorage, connection = new FakeConnection()) {
  const sent: string[] = [];
  const answers: ((result: { ok: true; value: object | null } | { ok: false; error: ParlourError }) => void)[] = [];
  const outbox = new Outbox<object>({
    connection,
    keeper: new StoredOutbox(storage, "ada", "channels", storage instanceof FakeStorage ? storage.watch : undefined),
    answerWithinMs: 10_000,
    deliver: ({ clientId }, answer) => {
      sent.push(clientId);
      answers.push(answer);
    },
    onStored: () => undefined,
    random: () => 0,
  });
  const write = (clientId: string) => outbox.add({ clientId, conversationId: "tea", text: `Text ${clientId}` });
  const states = () => outbox.snapshot().map(({ clientId, status }) => `${clientId} ${status.kind}`);
  const take = (at: number): void => answers[at]!({ ok: true, value: null });
  return { outbox, connection, sent, answers, write, states, take };
}

describe("what was taken and is not stored yet", () => {
  it("does not hold up what is written after it", () => {
    const { outbox, sent, states, write, take } = visit(new FakeStorage());
    write("a");
    write("b");
    expect(sent).toEqual(["a"]);
    take(0);
    expect(sent).toEqual(["a", "b"]);
    take(1);
    expect(states()).toEqual(["a shown", "b shown"]);
    outbox.settle("a");
    outbox.fail("b", REFUSED);
    expect(states()).toEqual(["b failed"]);
    outbox.fail("b", REFUSED);
    outbox.retry("b");
    expect(sent).toEqual(["a", "b", "b"]);
  });

  it("counts as unanswered after ten seconds, can be sent again under its name, and may be confirmed late", () => {
    const { outbox, sent, states, write, take } = visit(new FakeStorage());
    write("a");
    take(0);
    vi.advanceTimersByTime(9_999);
    expect(states()).toEqual(["a shown"]);
    vi.advanceTimersByTime(1);
    expect(states()).toEqual(["a unanswered"]);
    outbox.retry("a");
    expect([sent, states()]).toEqual([["a", "a"], ["a sending"]]);
    take(1);
    vi.advanceTimersByTime(10_000);
    expect(states()).toEqual(["a unanswered"]);
    outbox.settle("a");
    expect([states(), vi.getTimerCount()]).toEqual([[], 0]);
  });

  it("counts as unanswered without a callback too, and then holds up nothing", () => {
    const { sent, states, write } = visit(new FakeStorage());
    write("a");
    write("b");
    vi.advanceTimersByTime(10_000);
    expect([sent, states()]).toEqual([["a", "b"], ["a unanswered", "b sending"]]);
  });

  it("is sent again after a lost connection, whether it was unanswered or not", () => {
    const { connection, sent, states, write, take } = visit(new FakeStorage());
    write("a");
    take(0);
    vi.advanceTimersByTime(10_000);
    write("b");
    take(1);
    connection.go("offline");
    expect(states()).toEqual(["a queued", "b queued"]);
    vi.advanceTimersByTime(60_000);
    connection.go("connected");
    expect(sent).toEqual(["a", "b", "a"]);
    take(2);
    expect(sent).toEqual(["a", "b", "a", "b"]);
  });
});

describe("an outbox that is kept", () => {
  it("loses nothing by a reload, in order, under the same names", async () => {
    const storage = new FakeStorage();
    const first = visit(storage);
    first.write("z");
    first.take(0);
    first.connection.go("offline");
    first.write("y");
    first.write("x");
    const second = visit(storage);
    expect(second.states()).toEqual(["z queued", "y queued", "x queued"]);
    await vi.advanceTimersByTimeAsync(0);
    expect(second.sent).toEqual(["z"]);
    second.answers[0]!({ ok: true, value: {} });
    second.take(1);
    second.outbox.settle("y");
    expect(visit(storage).states()).toEqual(["x queued"]);
  });

  it("keeps what has failed with its reason, and forgets what is discarded", () => {
    const storage = new FakeStorage();
    const first = visit(storage);
    first.write("a");
    first.write("b");
    first.outbox.giveUp("tea", REFUSED);
    const second = visit(storage);
    expect(second.states()).toEqual(["a failed", "b failed"]);
    expect(second.outbox.snapshot()[0]?.status).toEqual({ kind: "failed", error: REFUSED });
    second.outbox.discard("a");
    second.outbox.retry("b");
    expect(visit(storage).states()).toEqual(["b queued"]);
    second.outbox.drop("tea");
    expect(storage.length).toBe(0);
  });

  it("is each account's and each kind's own, and goes with a sign-out", () => {
    const storage = new FakeStorage();
    storage.setItem("parlour.session", "{}");
    const keep = (account: string, kind: string) =>
      new StoredOutbox(storage, account, kind).keep({ clientId: "k", conversationId: "tea", text: "Hi", at: 1, error: null });
    keep("ada", "channels");
    keep("ada.channels", "rooms");
    keep("ada", "rooms");
    const loaded = (account: string, kind: string) => new StoredOutbox(storage, account, kind).load().length;
    expect([loaded("ada", "channels"), loaded("ada.channels", "rooms"), loaded("mara", "rooms")]).toEqual([1, 1, 0]);
    wipeOutboxes(storage, "ada");
    expect([loaded("ada", "channels"), loaded("ada", "rooms"), loaded("ada.channels", "rooms")]).toEqual([1, 1, 0]);
    wipeOutboxes(storage, null);
    expect([...storage.kept.keys()]).toEqual(["parlour.session"]);
  });

  it("sends what there is no room to keep, and takes nothing for a draft that is none", () => {
    const storage = new FakeStorage();
    storage.setItem("parlour.outbox.ada.channels.bad", "[7");
    storage.setItem("parlour.outbox.ada.channels.worse", '{"text":7}');
    storage.isFull = true;
    const { write, sent, states } = visit(storage);
    expect(states()).toEqual([]);
    expect(write("a")).toBe(true);
    expect(sent).toEqual(["a"]);
  });

  it("says of each whether it outlives the page", () => {
    const storage = new FakeStorage();
    const { outbox, connection, write } = visit(storage);
    connection.go("offline");
    write("a");
    storage.isFull = true;
    write("b");
    expect(outbox.snapshot().map(({ isKept }) => isKept)).toEqual([true, false]);
    expect(visit(storage, connection).outbox.snapshot().map(({ clientId, isKept }) => [clientId, isKept])).toEqual([["a", true]]);
  });

  it.each([
    ["a time beyond all calendars", { at: 1e20 }],
    ["the last moment that there is, which nothing comes after", { at: 8.64e15 }],
    ["a time before all of them", { at: -1 }],
    ["no time", { at: null }],
    ["a text longer than any", { text: "x".repeat(8_001) }],
    ["no text", { text: "" }],
    ["an id longer than any", { conversationId: "x".repeat(257) }],
  ])("leaves %s out, and keeps the rest", (_, wrong) => {
    const storage = new FakeStorage();
    const right = { conversationId: "tea", text: "Hi", at: 1, error: null };
    storage.setItem("parlour.outbox.ada.channels.good", JSON.stringify(right));
    storage.setItem("parlour.outbox.ada.channels.bad", JSON.stringify({ ...right, ...wrong }));
    const { outbox, states, write } = visit(storage);
    expect(states()).toEqual(["good queued"]);
    write("a");
    expect(outbox.snapshot().map(({ at }) => new Date(at).toISOString().length)).toEqual([24, 24]);
  });
});

describe("a storage that fails", () => {
  const fail = (): never => {
    throw new Error("NS_ERROR_FILE_CORRUPTED");
  };
  const broken: TextStorage = { getItem: fail, setItem: fail, removeItem: fail, key: fail, length: 1 };

  it.each([
    ["in everything", { ...broken, get length(): number { return fail(); } }],
    ["in all but its size", broken],
    ["only in reading", { ...broken, setItem: () => undefined, removeItem: () => undefined, key: () => "parlour.outbox.ada.channels.k" }],
    ["only in removing", { ...broken, getItem: () => null, setItem: () => undefined, key: () => "parlour.outbox.ada.channels.k" }],
  ])("%s keeps nothing, and stops nothing", (_, storage) => {
    const { outbox, sent, answers, write, states } = visit(storage);
    expect(states()).toEqual([]);
    expect(write("a")).toBe(true);
    expect(sent).toEqual(["a"]);
    answers[0]!({ ok: true, value: {} });
    expect(states()).toEqual([]);
    outbox.close();
    expect(() => wipeOutboxes(storage, null)).not.toThrow();
  });
});

describe("two tabs with the same outbox", () => {
  it("neither keep nor send what one of them has discarded", () => {
    const storage = new FakeStorage();
    const connection = new FakeConnection();
    connection.go("offline");
    const before = visit(storage, connection);
    before.write("failed");
    before.outbox.giveUp("tea", REFUSED);
    before.write("queued");
    before.write("other");
    before.outbox.close();
    const [one, two] = [visit(storage, connection), visit(storage, connection)];
    one.outbox.discard("failed");
    one.outbox.discard("queued");
    expect(two.states()).toEqual(["other queued"]);
    two.outbox.retry("failed");
    connection.go("connected");
    expect(two.sent).toEqual(["other"]);
  });

  it("do not touch what is under way, nor another outbox", () => {
    const storage = new FakeStorage();
    const { states, write } = visit(storage);
    write("a");
    write("b");
    storage.removeItem("parlour.outbox.ada.channels.a");
    storage.removeItem("parlour.outbox.ada.rooms.b");
    expect(states()).toEqual(["a sending", "b queued"]);
  });
});

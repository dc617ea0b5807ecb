import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ParlourError } from "./errors.ts";
import { FakeConnection } from "./fake-rooms.ts";
import { StoredOutbox, wipeOutboxes, type TextStorage } from "./kept-outbox.ts";
import { Outbox } from "./outbox.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const REFUSED: ParlourError = { code: "forbidden", message: "No.", retryable: false, retryAfterMs: null };

class FakeStorage implements TextStorage {
  readonly kept = new Map<string, string>();
  isFull = false;

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
    this.kept.delete(key);
  }
}

/** A page of the account "ada" over this storage; `answers` are those to what it sends. */
function visit(storage: TextStorage, connection = new FakeConnection()) {
  const sent: string[] = [];
  const answers: ((result: { ok: true; value: object | null } | { ok: false; error: ParlourError }) => void)[] = [];
  const outbox = new Outbox<object>({
    connection,
    keeper: new StoredOutbox(storage, "ada", "channels"),
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
});

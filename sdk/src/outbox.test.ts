import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DISCONNECTED, TIMED_OUT, type ParlourError } from "./errors.ts";
import { aMessage, FakeConnection, FakeRooms } from "./fake-rooms.ts";
import { Outbox } from "./outbox.ts";
import { MAX_OUTGOING } from "./outgoing.ts";
import type { RoomMessage } from "./room-events.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const REFUSED: ParlourError = { code: "forbidden", message: "No.", retryable: false, retryAfterMs: null };
const TOO_FAST: ParlourError = { code: "rate_limited", message: "Wait.", retryable: true, retryAfterMs: 700 };

function setUp() {
  const rooms = new FakeRooms();
  const connection = new FakeConnection();
  const stored: string[] = [];
  const outbox = new Outbox<RoomMessage>({
    connection,
    deliver: ({ conversationId, text, clientId }, answer) =>
      rooms.send({ roomId: conversationId, content: text, clientId }, answer),
    onStored: ({ clientId }) => stored.push(clientId ?? ""),
    random: () => 0,
  });
  const write = (clientId: string, conversationId = "tea") => outbox.add({ clientId, conversationId, text: clientId });
  const sent = () => rooms.sends.map(({ about }) => about.clientId);
  const states = () => outbox.snapshot().map(({ clientId, status }) => `${clientId} ${status.kind}`);
  const store = (at: number): void => rooms.sends[at]!.succeed(aMessage(at + 1, { clientId: sent()[at]! }));
  return { rooms, connection, outbox, stored, write, sent, states, store };
}

describe("the outbox", () => {
  it("sends one after the other in a conversation, and each conversation for itself", () => {
    const { write, sent, states, store, stored } = setUp();
    write("a");
    write("b");
    write("x", "coffee");
    expect(sent()).toEqual(["a", "x"]);
    expect(states()).toEqual(["a sending", "b queued", "x sending"]);
    store(0);
    expect(sent()).toEqual(["a", "x", "b"]);
    expect(states()).toEqual(["b sending", "x sending"]);
    store(2);
    expect(stored).toEqual(["a", "b"]);
    expect(states()).toEqual(["x sending"]);
  });

  it("keeps what is written offline, and sends it in order once back", () => {
    const { connection, write, sent, states, store } = setUp();
    connection.go("offline");
    write("a");
    write("b");
    expect(sent()).toEqual([]);
    expect(states()).toEqual(["a queued", "b queued"]);
    connection.go("connecting");
    expect(sent()).toEqual([]);
    connection.go("connected");
    expect(sent()).toEqual(["a"]);
    store(0);
    expect(sent()).toEqual(["a", "b"]);
  });

  it("sends again under the same id when the connection broke before the answer", () => {
    const { rooms, connection, write, sent, states, store, stored } = setUp();
    write("a");
    connection.go("offline");
    rooms.sends[0]!.fail(DISCONNECTED);
    expect(states()).toEqual(["a queued"]);
    connection.go("connected");
    expect(sent()).toEqual(["a", "a"]);
    store(1);
    expect(stored).toEqual(["a"]);
    expect(states()).toEqual([]);
  });

  it("does not send again what was heard meanwhile", () => {
    const { rooms, connection, outbox, write, sent, states } = setUp();
    write("a");
    write("b");
    connection.go("offline");
    rooms.sends[0]!.fail(DISCONNECTED);
    outbox.settle("a");
    connection.go("connected");
    expect(sent()).toEqual(["a", "b"]);
    expect(states()).toEqual(["b sending"]);
  });

  it("goes on when a message is heard before its answer", () => {
    const { outbox, write, sent, states, store } = setUp();
    write("a");
    write("b");
    outbox.settle("a");
    expect(sent()).toEqual(["a", "b"]);
    store(0);
    expect(states()).toEqual(["b sending"]);
    expect(sent()).toEqual(["a", "b"]);
  });

  it("waits as long as it is told to, and what comes after waits too", () => {
    const { rooms, write, sent, states } = setUp();
    write("a");
    write("b");
    rooms.sends[0]!.fail(TOO_FAST);
    expect(states()).toEqual(["a queued", "b queued"]);
    vi.advanceTimersByTime(699);
    expect(sent()).toEqual(["a"]);
    vi.advanceTimersByTime(1);
    expect(sent()).toEqual(["a", "a"]);
  });

  it("gives up after some attempts, and goes on with the next", () => {
    const { rooms, write, sent, states } = setUp();
    write("a");
    write("b");
    for (let attempt = 0; attempt < 5; attempt += 1) {
      rooms.sends[attempt]!.fail(TIMED_OUT);
      vi.runAllTimers();
    }
    expect(sent()).toEqual(["a", "a", "a", "a", "a", "b"]);
    expect(states()).toEqual(["a failed", "b sending"]);
  });

  it("asks the person at once where another attempt is of no use", () => {
    const { rooms, outbox, write, sent, states } = setUp();
    write("a");
    write("b");
    rooms.sends[0]!.fail(REFUSED);
    expect(states()).toEqual(["a failed", "b sending"]);
    outbox.retry("a");
    expect(states()).toEqual(["b sending", "a queued"]);
    rooms.sends[1]!.fail(REFUSED);
    expect(sent()).toEqual(["a", "b", "a"]);
    outbox.discard("b");
    expect(states()).toEqual(["a sending"]);
    outbox.discard("a");
    expect(states()).toEqual(["a sending"]);
  });

  it("knows a failed one for stored when it is heard after all", () => {
    const { rooms, outbox, write, states } = setUp();
    write("a");
    rooms.sends[0]!.fail(REFUSED);
    outbox.settle("a");
    expect(states()).toEqual([]);
  });

  it("does not take a text under a name that another one waits under", () => {
    const { outbox, connection, write } = setUp();
    connection.go("offline");
    expect(write("a")).toBe(true);
    expect(outbox.add({ clientId: "a", conversationId: "tea", text: "Something else" })).toBe(false);
    expect(outbox.snapshot().map(({ text }) => text)).toEqual(["a"]);
  });

  it("takes a bounded number", () => {
    const { connection, write } = setUp();
    connection.go("offline");
    for (let count = 0; count < MAX_OUTGOING; count += 1) expect(write(`m${count}`)).toBe(true);
    expect(write("one too many")).toBe(false);
  });

  it("sends nothing after it was closed", () => {
    const { rooms, connection, outbox, write, sent } = setUp();
    write("a");
    rooms.sends[0]!.fail(TOO_FAST);
    outbox.close();
    vi.runAllTimers();
    connection.go("offline");
    connection.go("connected");
    expect(sent()).toEqual(["a"]);
    expect(outbox.snapshot()).toEqual([]);
  });
});

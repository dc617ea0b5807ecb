import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { backoffMs } from "./backoff.ts";
import { Connection, type ConnectionSocket } from "./connection.ts";

type Listener = (argument: never) => void;

/** A socket that only does what the test says. */
class FakeSocket implements ConnectionSocket {
  attempts = 0;
  auth: unknown;
  readonly #listeners = new Map<string, Listener>();

  connect(): void {
    this.attempts += 1;
  }

  disconnect(): void {
    this.emit("disconnect", "io client disconnect");
  }

  readonly io = { engine: { close: (): void => this.emit("disconnect", "forced close") } };

  on(event: string, listener: Listener): void {
    this.#listeners.set(event, listener);
  }

  emit(event: string, argument?: unknown): void {
    this.#listeners.get(event)?.(argument as never);
  }
}

function setUp() {
  const socket = new FakeSocket();
  let online = true;
  let changed = (): void => undefined;
  const network = {
    isOnline: () => online,
    onChange: (listener: () => void) => {
      changed = listener;
      return () => undefined;
    },
  };
  const connection = new Connection({ socket, network, random: () => 0 });
  const setOnline = (next: boolean): void => {
    online = next;
    changed();
  };
  return { socket, connection, setOnline };
}

const refusal = (data: unknown) => Object.assign(new Error("refused"), { data });

beforeEach(() => vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => vi.useRealTimers());

describe("connection", () => {
  it("is connecting, then connected", () => {
    const { socket, connection } = setUp();
    connection.open();
    expect(connection.snapshot()).toEqual({ kind: "connecting" });
    expect(socket.attempts).toBe(1);
    socket.emit("connect");
    expect(connection.snapshot()).toEqual({ kind: "connected" });
  });

  it("says when it tries again, tries then, and waits longer each time", () => {
    const { socket, connection } = setUp();
    connection.open();
    socket.emit("connect");
    socket.emit("disconnect", "transport close");
    expect(connection.snapshot()).toEqual({ kind: "reconnecting", attempt: 1, retryAt: 1_001_000, error: null });
    vi.advanceTimersByTime(999);
    expect(socket.attempts).toBe(1);
    vi.advanceTimersByTime(1);
    expect(socket.attempts).toBe(2);
    expect(connection.snapshot()).toEqual({ kind: "reconnecting", attempt: 1, retryAt: null, error: null });
    socket.emit("connect_error", new Error("websocket error"));
    expect(connection.snapshot()).toEqual({ kind: "reconnecting", attempt: 2, retryAt: 1_003_000, error: null });
  });

  it("begins with short waits again after a success", () => {
    const { socket, connection } = setUp();
    connection.open();
    for (let attempt = 0; attempt < 5; attempt += 1) socket.emit("connect_error", new Error("no"));
    socket.emit("connect");
    socket.emit("disconnect", "ping timeout");
    expect(connection.snapshot()).toMatchObject({ kind: "reconnecting", attempt: 1 });
  });

  it("tries at once when asked to, and not twice", () => {
    const { socket, connection } = setUp();
    connection.open();
    socket.emit("connect_error", new Error("no"));
    connection.retryNow();
    connection.retryNow();
    expect(socket.attempts).toBe(2);
    vi.advanceTimersByTime(60_000);
    expect(socket.attempts).toBe(2);
  });

  it("is offline without a network, and tries at once when it is back", () => {
    const { socket, connection, setOnline } = setUp();
    connection.open();
    socket.emit("connect");
    setOnline(false);
    expect(connection.snapshot()).toEqual({ kind: "connected" });
    socket.emit("disconnect", "transport close");
    expect(connection.snapshot().kind).toBe("offline");
    setOnline(true);
    expect(socket.attempts).toBe(2);
    expect(connection.snapshot()).toEqual({ kind: "reconnecting", attempt: 1, retryAt: null, error: null });
  });

  it("stops at a refusal for good, until asked", () => {
    const { socket, connection } = setUp();
    connection.open();
    socket.emit("connect_error", refusal({ code: "unauthenticated", message: "Sign in.", retryable: false }));
    expect(connection.snapshot()).toMatchObject({ kind: "refused", error: { code: "unauthenticated" } });
    vi.advanceTimersByTime(120_000);
    expect(socket.attempts).toBe(1);
    connection.retryNow();
    expect(socket.attempts).toBe(2);
    expect(connection.snapshot().kind).toBe("connecting");
  });

  it("waits as long as a passing refusal asks", () => {
    const { socket, connection } = setUp();
    connection.open();
    const data = { code: "rate_limited", message: "Wait.", retryable: true, retryAfterMs: 30_000 };
    socket.emit("connect_error", refusal(data));
    expect(connection.snapshot()).toEqual({ kind: "reconnecting", attempt: 1, retryAt: 1_030_000, error: data });
    vi.advanceTimersByTime(29_999);
    expect(socket.attempts).toBe(1);
    vi.advanceTimersByTime(1);
    expect(socket.attempts).toBe(2);
  });

  it("says why it is not let in until something else is known", () => {
    const { socket, connection, setOnline } = setUp();
    const error = () => {
      const state = connection.snapshot();
      return "error" in state ? (state.error?.code ?? null) : undefined;
    };
    connection.open();
    const data = { code: "rate_limited", message: "Too many.", retryable: true };
    socket.emit("connect_error", refusal(data));
    expect(error()).toBe("rate_limited");
    setOnline(false);
    expect([connection.snapshot().kind, error()]).toEqual(["offline", "rate_limited"]);
    setOnline(true);
    expect([connection.snapshot(), error()]).toMatchObject([{ kind: "reconnecting", retryAt: null }, "rate_limited"]);
    socket.emit("connect_error", refusal(data));
    expect(error()).toBe("rate_limited");
    vi.advanceTimersByTime(2_000);
    expect(error()).toBe("rate_limited");
    socket.emit("connect_error", new Error("websocket error"));
    expect(error()).toBe(null);
    vi.advanceTimersByTime(4_000);
    socket.emit("connect_error", refusal(data));
    vi.advanceTimersByTime(8_000);
    socket.emit("connect");
    expect(error()).toBe(undefined);
    socket.emit("disconnect", "transport close");
    expect(error()).toBe(null);
  });

  it("waits no shorter for being told to wait longer than a timer can", () => {
    const { socket, connection } = setUp();
    connection.open();
    const data = { code: "unavailable", message: "Next year.", retryable: true, retryAfterMs: 365 * 86_400_000 };
    socket.emit("connect_error", refusal(data));
    vi.advanceTimersByTime(20 * 86_400_000);
    expect(socket.attempts).toBe(1);
    connection.close();
  });

  it("does not come back after it was closed", () => {
    const { socket, connection } = setUp();
    connection.open();
    socket.emit("connect");
    connection.close();
    expect(connection.snapshot()).toEqual({ kind: "closed" });
    vi.advanceTimersByTime(120_000);
    expect(socket.attempts).toBe(1);
  });

  it("gives a working connection up for a new one when told to, and nothing else", () => {
    const { socket, connection } = setUp();
    connection.reconnect();
    connection.open();
    connection.reconnect();
    expect(connection.snapshot()).toEqual({ kind: "connecting" });
    socket.emit("connect");
    connection.reconnect();
    expect(connection.snapshot()).toEqual({ kind: "reconnecting", attempt: 1, retryAt: 1_001_000, error: null });
    connection.reconnect();
    vi.advanceTimersByTime(1_000);
    expect(socket.attempts).toBe(2);
  });

  it("tells its subscribers of each change until they unsubscribe", () => {
    const { socket, connection } = setUp();
    const listener = vi.fn();
    const unsubscribe = connection.subscribe(listener);
    connection.open();
    socket.emit("connect");
    expect(listener).toHaveBeenCalledTimes(2);
    unsubscribe();
    socket.emit("disconnect", "transport close");
    expect(listener).toHaveBeenCalledTimes(2);
  });
});

describe("a subscriber that throws", () => {
  it("stops neither the connection nor the others", async () => {
    const reported = vi.fn();
    vi.stubGlobal("reportError", reported);
    const { socket, connection } = setUp();
    const mistake = new Error("mine");
    connection.subscribe(() => {
      throw mistake;
    });
    const kinds: string[] = [];
    connection.subscribe(() => kinds.push(connection.snapshot().kind));
    connection.open();
    const ready = connection.ready();
    socket.emit("connect_error", new Error("no"));
    vi.advanceTimersByTime(1_000);
    expect(socket.attempts).toBe(2);
    socket.emit("connect");
    expect(await ready).toEqual({ ok: true, value: {} });
    connection.close();
    expect(kinds).toEqual(["connecting", "reconnecting", "reconnecting", "connected", "closed"]);
    expect(reported).toHaveBeenCalledTimes(5);
    expect(reported).toHaveBeenCalledWith(mistake);
    vi.unstubAllGlobals();
  });
});

describe("ready", () => {
  it("waits for the connection through failed attempts", async () => {
    const { socket, connection } = setUp();
    connection.open();
    let outcome: unknown = null;
    const ready = connection.ready().then((result) => (outcome = result));
    socket.emit("connect_error", new Error("no"));
    await Promise.resolve();
    expect(outcome).toBe(null);
    socket.emit("connect");
    await ready;
    expect(outcome).toEqual({ ok: true, value: {} });
    expect(await connection.ready()).toEqual(outcome);
  });

  it("says why it cannot be", async () => {
    const { socket, connection } = setUp();
    expect(await connection.ready()).toMatchObject({ ok: false, error: { code: "disconnected" } });
    connection.open();
    const ready = connection.ready();
    socket.emit("connect_error", refusal({ code: "unauthenticated", message: "Sign in.", retryable: false }));
    expect(await ready).toMatchObject({ ok: false, error: { code: "unauthenticated", retryable: false } });
    connection.retryNow();
    const again = connection.ready();
    connection.close();
    expect(await again).toMatchObject({ ok: false, error: { code: "disconnected", retryable: true } });
  });
});

describe("backoff", () => {
  it.each([
    [1, 0, 1_000],
    [2, 0, 2_000],
    [3, 0.5, 3_000],
    [5, 0, 16_000],
    [6, 0, 20_000],
    [5_000, 0, 20_000],
    [1, 0.999, 500],
  ])("waits before attempt %i with %f for %i ms", (attempt, random, expected) => {
    expect(backoffMs(attempt, random)).toBe(expected);
  });
});

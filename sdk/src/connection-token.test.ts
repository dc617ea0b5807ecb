import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Connection, type ConnectionSocket } from "./connection.ts";
import type { GetToken } from "./tokens.ts";

type Listener = (argument: never) => void;

/** A socket that notes as whom it was told to connect. */
class FakeSocket implements ConnectionSocket {
  auth: unknown;
  readonly attempts: unknown[] = [];
  readonly #listeners = new Map<string, Listener>();

  connect(): void {
    this.attempts.push(this.auth);
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

const network = { isOnline: () => true, onChange: () => () => undefined };

function setUp(getToken?: GetToken) {
  const socket = new FakeSocket();
  const token = getToken === undefined ? {} : { getToken };
  const connection = new Connection({ socket, network, random: () => 0, ...token });
  return { socket, connection };
}

const refusal = (code: string) =>
  Object.assign(new Error(code), { data: { code, message: "No.", retryable: false } });

/** Lets promises that are settled already run on. */
const settle = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => vi.useRealTimers());

describe("a connection with tokens", () => {
  it("asks for a token before each attempt", async () => {
    const tokens = ["one", "two"];
    const { socket, connection } = setUp(() => tokens.shift() ?? null);
    connection.open();
    await settle();
    expect(socket.attempts).toEqual([{ token: "one" }]);
    socket.emit("connect");
    socket.emit("disconnect", "transport close");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(socket.attempts).toEqual([{ token: "one" }, { token: "two" }]);
  });

  it("leaves the key out where there is no token: the server refuses an empty one", async () => {
    const { socket, connection } = setUp(() => Promise.resolve(null));
    connection.open();
    await settle();
    expect(socket.attempts).toEqual([{}]);
  });

  it("tries again later when the token cannot be had", async () => {
    const { socket, connection } = setUp(() => Promise.reject(new Error("the app's server is away")));
    connection.open();
    await settle();
    expect(socket.attempts).toEqual([]);
    expect(connection.snapshot()).toEqual({ kind: "reconnecting", attempt: 1, retryAt: 1_001_000, error: null });
  });

  it("asks for a fresher token when one has run out, and gives up when it is the same one", async () => {
    const tokens = ["old", "fresh", "fresh"];
    const { socket, connection } = setUp(() => tokens.shift() ?? null);
    connection.open();
    await settle();
    socket.emit("connect_error", refusal("token_expired"));
    expect(connection.snapshot().kind).toBe("reconnecting");
    await vi.advanceTimersByTimeAsync(1_000);
    socket.emit("connect_error", refusal("token_expired"));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(socket.attempts).toEqual([{ token: "old" }, { token: "fresh" }, { token: "fresh" }]);
    socket.emit("connect_error", refusal("token_expired"));
    expect(connection.snapshot()).toMatchObject({ kind: "refused", error: { code: "token_expired" } });
  });

  it("takes an empty token for none", async () => {
    const { socket, connection } = setUp(() => "");
    connection.open();
    await settle();
    expect(socket.attempts).toEqual([{}]);
  });

  it("waits for a token for 15 s, then tries again later, and takes none that is late", async () => {
    const gives: ((token: string) => void)[] = [];
    const { socket, connection } = setUp(() => new Promise((resolve) => gives.push(resolve)));
    connection.open();
    await vi.advanceTimersByTimeAsync(14_999);
    expect(connection.snapshot().kind).toBe("connecting");
    await vi.advanceTimersByTimeAsync(1);
    expect(connection.snapshot()).toEqual({ kind: "reconnecting", attempt: 1, retryAt: 1_016_000, error: null });
    gives[0]!("late");
    await settle();
    expect(socket.attempts).toEqual([]);
    await vi.advanceTimersByTimeAsync(1_000);
    gives[1]!("in time");
    await settle();
    expect(socket.attempts).toEqual([{ token: "in time" }]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(socket.attempts).toHaveLength(1);
  });

  it.each(["retryNow", "restart"] as const)("asks anew at %s, though nobody has answered yet", async (again) => {
    const gives: ((token: string) => void)[] = [];
    const { socket, connection } = setUp(() => new Promise((resolve) => gives.push(resolve)));
    connection.open();
    connection[again]();
    expect(gives).toHaveLength(2);
    gives[0]!("as whom one was");
    gives[1]!("as whom one is");
    await settle();
    expect(socket.attempts).toEqual([{ token: "as whom one is" }]);
    socket.emit("connect");
    expect(connection.snapshot().kind).toBe("connected");
  });

  it("can be closed while nobody has answered, and leaves no timer", async () => {
    const { connection } = setUp(() => new Promise(() => undefined));
    connection.open();
    const ready = connection.ready();
    connection.close();
    expect(await ready).toMatchObject({ ok: false, error: { code: "disconnected" } });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("does not connect with a token that came after it was closed", async () => {
    let give: (token: string) => void = () => undefined;
    const { socket, connection } = setUp(() => new Promise((resolve) => (give = resolve)));
    connection.open();
    connection.close();
    give("late");
    await settle();
    expect(socket.attempts).toEqual([]);
  });
});

describe("a token that ends", () => {
  it("is told when the server closes the connection for it", () => {
    const { socket, connection } = setUp();
    const ended = vi.fn();
    connection.onTokenEnd(ended);
    connection.open();
    socket.emit("connect");
    const error = { code: "token_expired", message: "Sign in again.", retryable: false };
    socket.emit("chat_error", { event: "connect", error });
    expect(ended).not.toHaveBeenCalled();
    socket.emit("disconnect", "transport close");
    expect(ended).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: "token_expired" }));
    expect(connection.snapshot().kind).toBe("reconnecting");
  });

  it("is not told of a connection that broke after something else was refused", () => {
    const { socket, connection } = setUp();
    const ended = vi.fn();
    connection.onTokenEnd(ended);
    connection.open();
    socket.emit("connect");
    const error = { code: "unauthenticated", message: "Sign in.", retryable: false };
    socket.emit("chat_error", { event: "mark_read", error });
    socket.emit("disconnect", "transport close");
    expect(ended).not.toHaveBeenCalled();
  });
});

describe("restart", () => {
  it("connects anew at once, without looking like trouble", () => {
    const { socket, connection } = setUp();
    connection.open();
    socket.emit("connect");
    const kinds: string[] = [];
    connection.subscribe(() => kinds.push(connection.snapshot().kind));
    connection.restart();
    expect(socket.attempts).toHaveLength(2);
    socket.emit("connect");
    vi.advanceTimersByTime(60_000);
    expect(kinds).toEqual(["connecting", "connected"]);
    expect(socket.attempts).toHaveLength(2);
  });

  it("does not break an attempt off that is under way, but makes it anew", () => {
    const { socket, connection } = setUp();
    connection.open();
    connection.restart();
    connection.restart();
    expect(socket.attempts).toHaveLength(1);
    socket.emit("connect");
    expect(connection.snapshot().kind).toBe("connecting");
    expect(socket.attempts).toHaveLength(2);
    socket.emit("connect");
    expect(connection.snapshot().kind).toBe("connected");
  });

  it("has nothing to make anew once the attempt has failed: the next one is as who one is by then", () => {
    const { socket, connection } = setUp();
    connection.open();
    connection.restart();
    socket.emit("connect_error", new Error("no"));
    vi.advanceTimersByTime(1_000);
    socket.emit("connect");
    expect(connection.snapshot().kind).toBe("connected");
    expect(socket.attempts).toHaveLength(2);
  });

  it("does nothing while closed", () => {
    const { socket, connection } = setUp();
    connection.restart();
    expect(socket.attempts).toEqual([]);
    expect(connection.snapshot().kind).toBe("closed");
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { error, MARA, ME, message, room, setUp, talking, TOM, waiting } from "./stranger-fixture.ts";
import { canRetry } from "./stranger-state.ts";

beforeEach(() => vi.useFakeTimers({ now: 1_700_000_000_000 }));
afterEach(() => vi.useRealTimers());

describe("starting", () => {
  it("asks for a seat and waits in it", () => {
    const { pair, chat, state } = setUp();
    expect(state().phase).toEqual({ kind: "idle" });
    chat.start("Ada");
    expect(state().phase).toEqual({ kind: "starting" });
    expect(pair.starts[0]!.alias).toBe("Ada");
    pair.starts[0]!.succeed(room("r1", ME));
    expect(state().phase).toEqual({ kind: "waiting", roomId: "r1", fresh: true });
  });

  it("can be in the middle of a chat at once", () => {
    const { pair, chat, state, events } = setUp();
    chat.start(null);
    pair.starts[0]!.succeed(room("r1", MARA, ME));
    pair.emit("user_joined", room("r1", MARA, ME));
    pair.emit("chat_history", [message("r1", MARA, "anyone?")]);
    expect(state().phase).toEqual({ kind: "talking", roomId: "r1", partner: "Mara" });
    expect(state().lines.rows.map((row) => row.text)).toEqual(["anyone?"]);
    expect(events.map((event) => event.kind)).toEqual(["joined", "line"]);
  });

  it("goes back to the first screen with the reason when refused", () => {
    const { pair, chat, state } = setUp();
    chat.start("Ada");
    pair.starts[0]!.fail(error("rate_limited", true));
    expect(state().phase).toEqual({ kind: "idle" });
    expect(state().notice).toMatchObject({ kind: "error", doing: "start", error: { code: "rate_limited" } });
  });

  it("waits for the connection, and asks once it is there", () => {
    const { pair, connection, chat, state } = setUp();
    connection.lose();
    chat.start("Ada");
    expect(pair.starts).toHaveLength(0);
    connection.restore();
    expect(pair.starts).toHaveLength(1);
    expect(state().phase.kind).toBe("starting");
  });

  it("ignores a seat that comes after it was cancelled", () => {
    const { pair, chat, state } = setUp();
    chat.start("Ada");
    chat.leave();
    expect(pair.leaves).toHaveLength(1);
    pair.starts[0]!.succeed(room("r1", ME, MARA));
    pair.emit("user_joined", room("r1", ME, MARA));
    expect(state().phase).toEqual({ kind: "idle" });
  });

  it("ignores the events of the old room until the new seat is answered", () => {
    const { pair, chat, state } = talking();
    chat.leave();
    chat.start("Ada");
    pair.emit("receive_message", message("r1", MARA, "wait"));
    pair.emit("user_left", { roomId: "r9", username: "Mara", userCount: 1, status: "waiting" });
    expect(state().phase).toEqual({ kind: "starting" });
    expect(state().lines.rows).toEqual([]);
  });
});

describe("waiting", () => {
  it("keeps the lines for the one who comes", () => {
    const { pair, chat, shown } = waiting();
    expect(chat.send("hello?")).toBe(true);
    expect(pair.sends[0]!.draft).toEqual({ text: "hello?", roomId: "r1", clientId: "c1" });
    expect(shown()).toEqual(["hello?:pending"]);
    pair.sends[0]!.succeed({ message: message("r1", ME, "hello?", "c1") });
    pair.emit("receive_message", message("r1", ME, "hello?", "c1"));
    pair.emit("user_joined", room("r1", ME, MARA));
    pair.emit("chat_history", [message("r1", ME, "hello?", "c1")]);
    expect(shown()).toEqual(["hello?:sent"]);
  });

  it("keeps a line that is still under way when the history comes", () => {
    const { pair, chat, shown } = waiting();
    chat.send("one");
    chat.send("two");
    pair.emit("user_joined", room("r1", ME, MARA));
    pair.emit("chat_history", [message("r1", ME, "one", "c1")]);
    expect(shown()).toEqual(["one:sent", "two:pending"]);
  });

  it("offers Retry for a line too many, which can go once someone is here", () => {
    const { pair, chat, state, shown } = waiting();
    chat.send("one too many");
    pair.sends[0]!.fail(error("too_large", true));
    expect(shown()).toEqual(["one too many:failed"]);
    expect(canRetry(state().phase, state().lines.rows[0]!)).toBe(true);
    pair.emit("user_joined", room("r1", ME, MARA));
    pair.emit("chat_history", []);
    expect(canRetry(state().phase, state().lines.rows[0]!)).toBe(true);
    chat.retry("c1");
    pair.sends[1]!.succeed({ message: message("r1", ME, "one too many", "c1") });
    expect(shown()).toEqual(["one too many:sent"]);
  });

  it("moves along when it is put into another waiting room", () => {
    const { pair, state } = waiting();
    pair.emit("user_joined", room("r7", TOM, ME));
    expect(state().phase).toEqual({ kind: "talking", roomId: "r7", partner: "Tom" });
  });

  it("starts again by itself after the connection was lost, and says which lines are gone", () => {
    const { pair, connection, chat, state, shown } = waiting();
    chat.send("hello?");
    pair.sends[0]!.succeed({ message: message("r1", ME, "hello?", "c1") });
    connection.lose();
    expect(state().phase).toEqual({ kind: "starting" });
    expect(shown()).toEqual(["hello?:failed"]);
    connection.restore();
    pair.starts[1]!.succeed(room("r5", ME));
    expect(state().phase).toEqual({ kind: "waiting", roomId: "r5", fresh: true });
    chat.retry("c1");
    expect(pair.sends[1]!.draft).toEqual({ text: "hello?", roomId: "r5", clientId: "c1" });
    expect(shown()).toEqual(["hello?:pending"]);
  });
});

describe("talking", () => {
  it("shows a line as pending, then as sent, under one key", () => {
    const { pair, chat, state, shown } = talking();
    chat.send("hi");
    expect(shown()).toEqual(["hi:pending"]);
    pair.sends[0]!.succeed({ message: message("r1", ME, "hi", "c1") });
    pair.emit("receive_message", message("r1", ME, "hi", "c1"));
    expect(shown()).toEqual(["hi:sent"]);
    expect(state().lines.rows[0]!.key).toBe("c1");
  });

  it("puts a line that was there first before one's own that is under way", () => {
    const { pair, chat, shown } = talking();
    chat.send("mine");
    pair.emit("receive_message", message("r1", MARA, "theirs"));
    pair.sends[0]!.succeed({ message: message("r1", ME, "mine", "c1") });
    expect(shown()).toEqual(["theirs:sent", "mine:sent"]);
  });

  it("lets a failed line be sent again under the same id", () => {
    const { pair, chat, state, shown, events } = talking();
    chat.send("hi");
    pair.sends[0]!.fail(error("rate_limited", true));
    expect(shown()).toEqual(["hi:failed"]);
    expect(canRetry(state().phase, state().lines.rows[0]!)).toBe(true);
    expect(events.at(-1)).toMatchObject({ kind: "failed" });
    chat.retry("c1");
    expect(pair.sends[1]!.draft.clientId).toBe("c1");
    pair.sends[1]!.succeed({ message: message("r1", ME, "hi", "c1") });
    expect(shown()).toEqual(["hi:sent"]);
  });

  it("does not offer what cannot work, and takes it out when told to", () => {
    const { pair, chat, state, shown } = talking();
    chat.send("hi");
    pair.sends[0]!.fail(error("invalid_payload"));
    expect(canRetry(state().phase, state().lines.rows[0]!)).toBe(false);
    chat.retry("c1");
    expect(pair.sends).toHaveLength(1);
    chat.discard("c1");
    expect(shown()).toEqual([]);
  });

  it("ignores lines of another room", () => {
    const { pair, shown } = talking();
    pair.emit("receive_message", message("r0", TOM, "lost"));
    expect(shown()).toEqual([]);
  });

  it("replaces the list with the history", () => {
    const { pair, shown } = talking();
    pair.emit("receive_message", message("r1", MARA, "old"));
    pair.emit("chat_history", [message("r1", MARA, "new")]);
    expect(shown()).toEqual(["new:sent"]);
  });
});

describe("typing", () => {
  it("of the partner ends by itself after 5 s", () => {
    const { pair, state } = talking();
    pair.emit("typing", { roomId: "r1" });
    expect(state().partnerTyping).toBe(true);
    vi.advanceTimersByTime(4_999);
    expect(state().partnerTyping).toBe(true);
    vi.advanceTimersByTime(1);
    expect(state().partnerTyping).toBe(false);
  });

  it("of the partner goes on with each notice, and ends with a line or a stop", () => {
    const { pair, state } = talking();
    pair.emit("typing", { roomId: "r1" });
    vi.advanceTimersByTime(4_000);
    pair.emit("typing", { roomId: "r1" });
    vi.advanceTimersByTime(4_000);
    expect(state().partnerTyping).toBe(true);
    pair.emit("receive_message", message("r1", MARA, "there"));
    expect(state().partnerTyping).toBe(false);
    pair.emit("typing", { roomId: "r1" });
    pair.emit("stop_typing", { roomId: "r1" });
    expect(state().partnerTyping).toBe(false);
    pair.emit("typing", { roomId: "r0" });
    expect(state().partnerTyping).toBe(false);
  });

  it("of one's own is told at intervals, and taken back after a pause", () => {
    const { pair, chat } = talking();
    for (let at = 0; at < 5_000; at += 250) {
      chat.drafting("abc");
      vi.advanceTimersByTime(250);
    }
    expect(pair.hints).toEqual(["typing", "typing", "typing"]);
    vi.advanceTimersByTime(4_000);
    expect(pair.hints).toEqual(["typing", "typing", "typing", "stop_typing"]);
  });

  it("of one's own is taken back when the field is emptied, not when the line is sent", () => {
    const { pair, chat } = talking();
    chat.drafting("a");
    chat.drafting("");
    expect(pair.hints).toEqual(["typing", "stop_typing"]);
    vi.advanceTimersByTime(3_000);
    chat.drafting("b");
    chat.send("b");
    vi.advanceTimersByTime(10_000);
    expect(pair.hints).toEqual(["typing", "stop_typing", "typing"]);
  });

  it("of one's own right after a line is told as soon as the server listens again", () => {
    const { pair, chat } = talking();
    chat.drafting("a");
    chat.send("a");
    chat.drafting("b");
    expect(pair.hints).toEqual(["typing"]);
    vi.advanceTimersByTime(2_200);
    expect(pair.hints).toEqual(["typing", "typing"]);
  });

  it("is told to nobody while nobody is there", () => {
    const { pair, chat } = waiting();
    chat.drafting("a");
    expect(pair.hints).toEqual([]);
  });
});

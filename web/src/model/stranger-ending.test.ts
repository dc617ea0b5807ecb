import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { error, left, MARA, ME, message, room, talking, TOM } from "./stranger-fixture.ts";
import { canRetry } from "./stranger-state.ts";

beforeEach(() => vi.useFakeTimers({ now: 1_700_000_000_000 }));
afterEach(() => vi.useRealTimers());

describe("a partner who leaves", () => {
  it("is said to have left, and can be written to no more", () => {
    const { pair, chat, state, events } = left();
    expect(state().phase).toEqual({ kind: "left", roomId: "r2", partner: "Mara" });
    expect(events.at(-1)).toEqual({ kind: "left", partner: "Mara" });
    expect(chat.send("are you there?")).toBe(false);
    expect(pair.sends).toHaveLength(0);
  });

  it("leaves a line that was under way as not sent, without a second try", () => {
    const all = talking();
    all.chat.send("hi");
    all.pair.emit("user_left", { roomId: "r2", username: "Mara", userCount: 1, status: "waiting" });
    all.pair.sends[0]!.fail(error("not_found"));
    expect(all.shown()).toEqual(["hi:failed"]);
    expect(canRetry(all.state().phase, all.state().lines.rows[0]!)).toBe(false);
  });

  it("is followed by the next one, with an empty list", () => {
    const all = talking();
    all.pair.emit("receive_message", message("r1", MARA, "bye"));
    all.pair.emit("user_left", { roomId: "r2", username: "Mara", userCount: 1, status: "waiting" });
    expect(all.shown()).toEqual(["bye:sent"]);
    const { epoch } = all.state();
    all.pair.emit("user_joined", room("r2", ME, TOM));
    all.pair.emit("chat_history", []);
    expect(all.state().phase).toEqual({ kind: "talking", roomId: "r2", partner: "Tom" });
    expect(all.shown()).toEqual([]);
    expect(all.state().epoch).toBe(epoch + 1);
  });

  it("can be followed by NEW CHAT, which keeps the place but takes no lines yet", () => {
    const { pair, chat, state } = left();
    chat.newChat();
    pair.newChats[0]!.succeed(room("r2", ME));
    expect(state().phase).toEqual({ kind: "waiting", roomId: "r2", fresh: false });
    expect(chat.send("hello?")).toBe(false);
  });
});

describe("NEW CHAT", () => {
  it("shows the old chat until the new one is there", () => {
    const { pair, chat, state, shown } = talking();
    pair.emit("receive_message", message("r1", MARA, "hm"));
    chat.newChat();
    chat.newChat();
    expect(pair.newChats).toHaveLength(1);
    expect(state().busy).toBe("new");
    expect(shown()).toEqual(["hm:sent"]);
    pair.newChats[0]!.succeed(room("r4", ME));
    expect(state()).toMatchObject({ phase: { kind: "waiting", roomId: "r4", fresh: true }, busy: null });
    expect(shown()).toEqual([]);
  });

  it("stays where one is when refused", () => {
    const { pair, chat, state } = talking();
    chat.newChat();
    pair.newChats[0]!.fail(error("rate_limited", true));
    expect(state()).toMatchObject({ phase: { kind: "talking" }, busy: null, notice: { doing: "new" } });
  });

  it("is done after a reconnect when the connection broke meanwhile", () => {
    const { pair, connection, chat, state } = talking();
    chat.newChat();
    connection.lose();
    expect(state().phase).toEqual({ kind: "starting" });
    connection.restore();
    expect(pair.starts).toHaveLength(2);
  });
});

describe("a lost connection", () => {
  it("ends the chat, and does not begin another by itself", () => {
    const { pair, connection, chat, state, events } = talking();
    connection.lose();
    expect(state().phase).toEqual({ kind: "lost", partner: "Mara", partnerLeftBefore: false });
    expect(events.at(-1)).toEqual({ kind: "lost" });
    connection.restore();
    expect(pair.starts).toHaveLength(1);
    chat.newChat();
    expect(pair.starts).toHaveLength(2);
    expect(state().phase).toEqual({ kind: "starting" });
  });

  it("after the partner has left is told as that", () => {
    const { connection, state } = left();
    connection.lose();
    expect(state().phase).toEqual({ kind: "lost", partner: "Mara", partnerLeftBefore: true });
  });

  it("fails the lines under way, for good", () => {
    const { pair, connection, chat, state, shown } = talking();
    chat.send("hi");
    connection.lose();
    pair.sends[0]!.fail(error("disconnected", true));
    expect(shown()).toEqual(["hi:failed"]);
    expect(canRetry(state().phase, state().lines.rows[0]!)).toBe(false);
  });
});

describe("block", () => {
  it("leaves, and says whom one will not meet again", () => {
    const { pair, chat, state } = talking();
    chat.block();
    pair.blocks[0]!.succeed({});
    expect(state()).toMatchObject({ phase: { kind: "idle" }, notice: { kind: "blocked", partner: "Mara" } });
  });

  it("says so when it did not work", () => {
    const { pair, chat, state } = talking();
    chat.block();
    pair.blocks[0]!.fail(error("rate_limited", true));
    expect(state()).toMatchObject({ phase: { kind: "talking" }, busy: null, notice: { doing: "block" } });
  });
});

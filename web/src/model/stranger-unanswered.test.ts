import { TIMED_OUT } from "@parlour/sdk/errors";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { error, left, MARA, ME, message, NO_SEAT, room, setUp, status, talking, TOM, waiting } from "./stranger-fixture.ts";

beforeEach(() => vi.useFakeTimers({ now: 1_700_000_000_000 }));
afterEach(() => vi.useRealTimers());

/** Ada has pressed START, and no answer came. */
function startUnanswered() {
  const all = setUp();
  all.chat.start("Ada");
  all.pair.starts[0]!.fail(TIMED_OUT);
  return all;
}

/** Ada has pressed NEW CHAT while she talked to Mara, and no answer came. */
function newChatUnanswered() {
  const all = talking();
  all.pair.emit("receive_message", message("r1", MARA, "old"));
  all.chat.newChat();
  all.pair.newChats[0]!.fail(TIMED_OUT);
  return all;
}

describe("a START that timed out left a ghost in the chat", () => {
  it("now asks where one sits, and sits there", () => {
    const { pair, connection, state } = startUnanswered();
    expect(state().phase).toEqual({ kind: "starting" });
    pair.statuses[0]!.succeed(status("r1", ME));
    expect(state()).toMatchObject({ phase: { kind: "waiting", roomId: "r1", fresh: true }, notice: null });
    expect(connection.reconnects).toBe(0);
  });

  it("is followed by its events before that is answered, and keeps their lines", () => {
    const { pair, state, shown, events } = startUnanswered();
    pair.emit("user_joined", room("r1", MARA, ME));
    pair.emit("chat_history", [message("r1", MARA, "hello?")]);
    expect(state().phase).toEqual({ kind: "talking", roomId: "r1", partner: "Mara" });
    pair.statuses[0]!.succeed(status("r1", MARA, ME));
    expect(state().phase).toEqual({ kind: "talking", roomId: "r1", partner: "Mara" });
    expect(shown()).toEqual(["hello?:sent"]);
    expect(events.map((event) => event.kind)).toEqual(["joined", "line"]);
  });

  it("says that it failed only once the server holds no seat", () => {
    const { pair, state } = startUnanswered();
    expect(state().notice).toBeNull();
    pair.statuses[0]!.succeed(NO_SEAT);
    expect(state()).toMatchObject({ phase: { kind: "idle" }, notice: { doing: "start", error: TIMED_OUT } });
  });

  it("gives up the connection, and with it the seat, when the server does not answer that either", () => {
    const { pair, connection, state } = startUnanswered();
    pair.statuses[0]!.fail(TIMED_OUT);
    expect(connection.reconnects).toBe(1);
    expect(state()).toMatchObject({ phase: { kind: "idle" }, notice: { doing: "start" } });
    connection.restore();
    expect(pair.starts).toHaveLength(1);
  });

  it("asks anew after a reconnect, whatever is still said about the old connection", () => {
    const { pair, connection, state } = startUnanswered();
    connection.lose();
    connection.restore();
    pair.statuses[0]!.fail(error("disconnected", true));
    expect(state().phase).toEqual({ kind: "starting" });
    pair.starts[1]!.succeed(room("r2", ME));
    expect(state().phase).toMatchObject({ kind: "waiting", roomId: "r2" });
    expect(connection.reconnects).toBe(0);
  });

  it("can be cancelled meanwhile", () => {
    const { pair, chat, connection, state } = startUnanswered();
    chat.leave();
    pair.statuses[0]!.succeed(status("r1", ME, MARA));
    pair.emit("user_joined", room("r1", ME, MARA));
    expect(state().phase).toEqual({ kind: "idle" });
    pair.leaves[0]!.succeed({});
    expect(connection.reconnects).toBe(0);
  });
});

describe("a leave that timed out left a seat behind", () => {
  const leaving = () => {
    const all = talking();
    all.chat.leave();
    return all;
  };

  it("now makes sure that it is gone", () => {
    const { pair, connection, state } = leaving();
    pair.leaves[0]!.fail(TIMED_OUT);
    pair.statuses[0]!.succeed(NO_SEAT);
    expect(connection.reconnects).toBe(0);
    expect(state()).toMatchObject({ phase: { kind: "idle" }, notice: null });
  });

  it.each([
    ["it is still there", (all: ReturnType<typeof leaving>) => {
      all.pair.leaves[0]!.fail(TIMED_OUT);
      all.pair.statuses[0]!.succeed(status("r1", ME, MARA));
    }],
    ["nobody knows", (all: ReturnType<typeof leaving>) => {
      all.pair.leaves[0]!.fail(TIMED_OUT);
      all.pair.statuses[0]!.fail(TIMED_OUT);
    }],
    ["it was refused", (all: ReturnType<typeof leaving>) => {
      all.pair.leaves[0]!.fail(error("rate_limited", true));
    }],
  ])("gives up the connection when %s", (_, answer) => {
    const all = leaving();
    answer(all);
    expect(all.connection.reconnects).toBe(1);
    expect(all.state().phase).toEqual({ kind: "idle" });
  });

  it("does not disturb the search that was begun after it", () => {
    const { pair, chat, connection, state } = leaving();
    chat.start("Ada");
    pair.leaves[0]!.fail(TIMED_OUT);
    pair.starts[1]!.succeed(room("r5", ME));
    expect(connection.reconnects).toBe(0);
    expect(state().phase).toMatchObject({ kind: "waiting", roomId: "r5" });
  });
});

describe("a NEW CHAT that timed out left one talking to someone who was gone", () => {
  it("now asks where one sits, and sits there", () => {
    const { pair, state, shown } = newChatUnanswered();
    expect(state()).toMatchObject({ phase: { kind: "talking", roomId: "r1" }, busy: "new" });
    const { epoch } = state();
    pair.statuses[0]!.succeed(status("r4", ME));
    expect(state()).toMatchObject({
      phase: { kind: "waiting", roomId: "r4", fresh: true },
      epoch: epoch + 1,
      busy: null,
      notice: null,
    });
    expect(shown()).toEqual([]);
  });

  it("is followed by its events, in whichever order they come", () => {
    const { pair, state, shown, events } = newChatUnanswered();
    pair.emit("user_joined", room("r4", ME));
    expect(state().phase).toEqual({ kind: "waiting", roomId: "r4", fresh: true });
    pair.emit("user_joined", room("r4", ME, TOM));
    pair.emit("chat_history", [message("r4", TOM, "new")]);
    pair.statuses[0]!.succeed(status("r4", ME, TOM));
    expect(state()).toMatchObject({ phase: { kind: "talking", roomId: "r4", partner: "Tom" }, busy: null, notice: null });
    expect(shown()).toEqual(["new:sent"]);
    expect(events.at(-2)).toEqual({ kind: "joined", partner: "Tom" });
  });

  it("says so when it was not done, and the chat goes on", () => {
    const { pair, state, shown } = newChatUnanswered();
    pair.statuses[0]!.succeed(status("r1", ME, MARA));
    expect(state()).toMatchObject({ phase: { kind: "talking", roomId: "r1" }, busy: null, notice: { doing: "new" } });
    expect(shown()).toEqual(["old:sent"]);
  });

  it("keeps the place that a partner has left", () => {
    const { pair, chat, state } = left();
    chat.newChat();
    pair.newChats[0]!.fail(TIMED_OUT);
    pair.statuses[0]!.succeed(status("r2", ME));
    expect(state()).toMatchObject({ phase: { kind: "waiting", roomId: "r2", fresh: false }, busy: null });
  });

  it("goes on over a new connection when the server does not answer that either", () => {
    const { pair, connection, state } = newChatUnanswered();
    pair.statuses[0]!.fail(TIMED_OUT);
    expect(connection.reconnects).toBe(1);
    expect(state().phase).toEqual({ kind: "starting" });
    connection.restore();
    expect(pair.starts).toHaveLength(2);
  });

  it("is back on the first screen without a seat", () => {
    const { pair, state } = newChatUnanswered();
    pair.statuses[0]!.succeed(NO_SEAT);
    expect(state()).toMatchObject({ phase: { kind: "idle" }, busy: null, notice: { doing: "new" } });
  });
});

describe("a block that timed out", () => {
  const blocking = () => {
    const all = talking();
    all.chat.block();
    all.pair.blocks[0]!.fail(TIMED_OUT);
    return all;
  };

  it("is done when there is no seat any more", () => {
    const { pair, state } = blocking();
    expect(state()).toMatchObject({ phase: { kind: "talking" }, busy: "block", notice: null });
    pair.statuses[0]!.succeed(NO_SEAT);
    expect(state()).toMatchObject({ phase: { kind: "idle" }, notice: { kind: "blocked", partner: "Mara" } });
  });

  it("is not done when there is one", () => {
    const { pair, state } = blocking();
    pair.statuses[0]!.succeed(status("r1", ME, MARA));
    expect(state()).toMatchObject({ phase: { kind: "talking" }, busy: null, notice: { doing: "block" } });
  });

  it("ends the chat for certain when nobody knows", () => {
    const { pair, connection, state } = blocking();
    pair.statuses[0]!.fail(TIMED_OUT);
    expect(connection.reconnects).toBe(1);
    expect(state()).toMatchObject({ phase: { kind: "lost", partner: "Mara" }, busy: null, notice: { doing: "block" } });
  });
});

describe("a user_joined with another room's id was dropped", () => {
  it.each([
    ["talking", talking],
    ["after the partner has left", left],
    ["waiting", waiting],
  ])("while %s it now says where one sits", (_, begin) => {
    const { pair, state, shown, chat } = begin();
    pair.emit("user_joined", room("r8", TOM, ME));
    pair.emit("chat_history", [message("r8", TOM, "hi")]);
    expect(state().phase).toEqual({ kind: "talking", roomId: "r8", partner: "Tom" });
    expect(shown()).toEqual(["hi:sent"]);
    chat.send("hello");
    expect(pair.sends[0]!.draft.roomId).toBe("r8");
  });

  it("does not let what was written for one person reach the next", () => {
    const { pair, chat, state, shown } = talking();
    chat.send("for Mara");
    pair.sends[0]!.fail(error("rate_limited", true));
    const { epoch } = state();
    pair.emit("user_joined", room("r8", ME, TOM));
    expect(state().epoch).toBe(epoch + 1);
    expect(shown()).toEqual([]);
    chat.retry("c1");
    expect(pair.sends).toHaveLength(1);
  });
});

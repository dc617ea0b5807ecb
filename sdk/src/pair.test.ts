import { describe, expect, it, vi } from "vitest";
import { ANSWER_TIMEOUT_MS, type ParlourSocket } from "./ask.ts";
import { PairClient } from "./pair.ts";

type Callback = (failure: Error | null, wire?: unknown) => void;

/** The part of a Socket.IO socket that the pair client uses. */
class FakeSocket {
  connected = true;
  id: string | undefined = "me";
  readonly sent: unknown[][] = [];
  timeoutMs = 0;
  callback: Callback = () => undefined;

  timeout(timeoutMs: number): this {
    this.timeoutMs = timeoutMs;
    return this;
  }

  emit(...args: unknown[]): void {
    const last = args.at(-1);
    if (typeof last === "function") this.callback = args.pop() as Callback;
    this.sent.push(args);
  }
}

function setUp() {
  const socket = new FakeSocket();
  return { socket, pair: new PairClient(socket as unknown as ParlourSocket) };
}

describe("pair client", () => {
  it("sends each request under its wire name", () => {
    const { socket, pair } = setUp();
    const answer = vi.fn();
    pair.start("Ada", answer);
    pair.newChat(null, answer);
    pair.send({ text: "hi", roomId: "r", clientId: "c" }, answer);
    pair.leave(answer);
    pair.status(answer);
    pair.block(answer);
    pair.typing();
    pair.stopTyping();
    expect(socket.sent).toEqual([
      ["start_chat", "Ada"],
      ["new_chat", null],
      ["send_message", { text: "hi", roomId: "r", clientId: "c" }],
      ["leave_chat"],
      ["get_room_status"],
      ["block_partner"],
      ["typing"],
      ["stop_typing"],
    ]);
    expect(socket.timeoutMs).toBe(ANSWER_TIMEOUT_MS);
  });

  it("answers in the same step in which the acknowledgement arrives", () => {
    const { socket, pair } = setUp();
    const answer = vi.fn();
    pair.leave(answer);
    socket.callback(null, { success: true });
    expect(answer).toHaveBeenCalledExactlyOnceWith({ ok: true, value: { success: true } });
  });

  it("tells a late answer from a broken connection", () => {
    const { socket, pair } = setUp();
    const codes: string[] = [];
    pair.leave((result) => codes.push(result.ok ? "ok" : result.error.code));
    socket.callback(new Error("operation has timed out"));
    socket.connected = false;
    socket.callback(new Error("socket has been disconnected"));
    expect(codes).toEqual(["timeout", "disconnected"]);
  });

  it("keeps nothing for later while there is no connection", async () => {
    const { socket, pair } = setUp();
    socket.connected = false;
    const code = await new Promise((resolve) => {
      pair.start(null, (result) => resolve(result.ok ? "ok" : result.error.code));
    });
    pair.typing();
    expect(code).toBe("disconnected");
    expect(socket.sent).toEqual([]);
  });
});

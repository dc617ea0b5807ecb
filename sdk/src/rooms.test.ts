import { describe, expect, it, vi } from "vitest";
import type { ParlourSocket } from "./ask.ts";
import { aMessage, aRoom } from "./fake-rooms.ts";
import { FakeSocket } from "./fake-socket.ts";
import { HttpClient } from "./http.ts";
import { PairClient } from "./pair.ts";
import { RoomsClient } from "./rooms.ts";
import { SyncClient } from "./sync.ts";

function setUp(body: object = {}) {
  const socket = new FakeSocket();
  const requests: string[] = [];
  const fetch = (url: unknown, init?: RequestInit): Promise<Response> => {
    requests.push(`${init?.method ?? ""} ${String(url)}${typeof init?.body === "string" ? ` ${init.body}` : ""}`);
    return Promise.resolve(new Response(JSON.stringify(body)));
  };
  const untyped = socket as unknown as ParlourSocket;
  return { socket, requests, rooms: new RoomsClient(untyped, new HttpClient({ fetch }), new SyncClient(untyped)), pair: new PairClient(untyped) };
}

const ROOM = aRoom({ lastMessage: aMessage(3) });

describe("rooms over HTTP", () => {
  it("are asked for by path and query, encoded", async () => {
    const { requests, rooms } = setUp({ rooms: [], members: [], messages: [], room: ROOM });
    await rooms.create({ name: "Tea", description: "All of it" });
    await rooms.list("a&b", "c/d");
    await rooms.list("", null);
    await rooms.members("r/1", "c=");
    await rooms.history("r", {});
    await rooms.history("r", { before: 7 });
    await rooms.history("r", { after: 0 });
    await rooms.quit("r");
    expect(requests).toEqual([
      'POST /api/chat/rooms {"name":"Tea","description":"All of it"}',
      "GET /api/chat/rooms?limit=30&query=a%26b&cursor=c%2Fd",
      "GET /api/chat/rooms?limit=30",
      "GET /api/chat/rooms/r%2F1/members?limit=50&cursor=c%3D",
      "GET /api/chat/rooms/r/messages?limit=50",
      "GET /api/chat/rooms/r/messages?limit=50&before=7",
      "GET /api/chat/rooms/r/messages?limit=50&after=0",
      "DELETE /api/chat/rooms/r/leave",
    ]);
  });

  it("are read off the wire, and what is none is left out", async () => {
    const { rooms } = setUp({ rooms: [ROOM, { ...ROOM, visibility: "public" }, 7], nextCursor: "next" });
    expect(await rooms.list("", null)).toEqual({ ok: true, value: { groups: [ROOM], nextCursor: "next" } });
    expect(await setUp({ rooms: "none" }).rooms.list("", null)).toMatchObject({ ok: false, error: { code: "internal" } });
  });
});

describe("rooms over the socket", () => {
  it("are asked for under their wire names", () => {
    const { socket, rooms } = setUp();
    const answer = vi.fn();
    rooms.join("r", answer);
    rooms.leave("r", answer);
    rooms.activeUsers("r", answer);
    rooms.send({ roomId: "r", content: "Hello", clientId: "c" }, answer);
    rooms.markRead("r", 9, answer);
    rooms.sync({ r: 3 }, answer);
    expect(socket.sent).toEqual([
      ["join_room", { roomId: "r" }],
      ["leave_room", { roomId: "r" }],
      ["get_active_users", { roomId: "r" }],
      ["send_message", { roomId: "r", content: "Hello", clientId: "c" }],
      ["mark_read", { roomId: "r", seq: 9 }],
      ["sync", { cursors: { r: 3 }, forms: { r: "rooms" } }],
    ]);
  });

  it("answer with what was read, or why it could not be", () => {
    const { socket, rooms } = setUp();
    const answer = vi.fn();
    rooms.join("tea", answer);
    const ada = { userId: "ada", userName: "Ada" };
    socket.ack(null, { success: true, room: ROOM, activeUsers: [{ ...ada, socketId: "s" }, {}] });
    expect(answer).toHaveBeenLastCalledWith({
      ok: true,
      value: { room: ROOM, activeUsers: [{ ...ada, isGuest: false }] },
    });
    rooms.send({ roomId: "tea", content: "Hello", clientId: "c" }, answer);
    socket.ack(null, { success: true, message: { text: "Hello" } });
    expect(answer).toHaveBeenLastCalledWith(expect.objectContaining({ ok: false }));
    rooms.sync({ x: 0 }, answer);
    const error = { code: "not_found", message: "No.", retryable: false };
    socket.ack(null, { success: true, conversations: [{ conversationId: "x", error }], added: [ROOM], addedMore: true, removed: ["y"] });
    expect(answer).toHaveBeenLastCalledWith({
      ok: true,
      value: {
        conversations: [{ conversationId: "x", error: { ...error, retryAfterMs: null } }],
        added: [ROOM],
        addedMore: true,
        removed: ["y"],
      },
    });
    rooms.activeUsers("tea", answer);
    socket.ack(null, { success: true, activeUsers: [ada], activeCount: 3 });
    expect(answer).toHaveBeenLastCalledWith({ ok: true, value: { users: [{ ...ada, isGuest: false }], count: 3 } });
  });

  it("are told apart from the stranger chat, which has events of the same names", () => {
    const { socket, rooms, pair } = setUp();
    const [inRooms, inPair] = [vi.fn(), vi.fn()];
    const end = rooms.on("message", inRooms);
    rooms.on("joined", inRooms);
    pair.on("receive_message", inPair);
    pair.on("user_joined", inPair);
    const line = { id: "1", roomId: "p", username: "Mara", socketId: "s", text: "Hi", timestamp: "" };
    const seats = { roomId: "p", username: "Mara", users: [], userCount: 2, status: "active" };
    socket.hear("receive_message", line);
    socket.hear("user_joined", seats);
    expect(inRooms).not.toHaveBeenCalled();
    expect(inPair.mock.calls).toEqual([[line], [seats]]);
    socket.hear("receive_message", aMessage(3));
    socket.hear("user_joined", { roomId: "tea", userId: "mara", userName: "Mara", activeCount: 2 });
    expect(inPair).toHaveBeenCalledTimes(2);
    expect(inRooms.mock.calls).toEqual([
      [aMessage(3)],
      [{ groupId: "tea", userId: "mara", userName: "Mara", isGuest: false, activeCount: 2 }],
    ]);
    end();
    socket.hear("receive_message", aMessage(4));
    expect(inRooms).toHaveBeenCalledTimes(2);
  });
});

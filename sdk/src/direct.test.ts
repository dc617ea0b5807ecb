import { describe, expect, it, vi } from "vitest";
import type { ParlourSocket } from "./ask.ts";
import { DirectClient } from "./direct.ts";
import { aDirect, aDirectMessage, aUser } from "./fake-direct.ts";
import { aRoom } from "./fake-rooms.ts";
import { FakeSocket } from "./fake-socket.ts";
import { HttpClient } from "./http.ts";
import { PairClient } from "./pair.ts";
import { PeopleClient } from "./people.ts";
import { SyncClient } from "./sync.ts";

function setUp(body: object = {}) {
  const socket = new FakeSocket();
  const requests: string[] = [];
  const fetch = (url: unknown, init?: RequestInit): Promise<Response> => {
    requests.push(`${init?.method ?? ""} ${String(url)}${typeof init?.body === "string" ? ` ${init.body}` : ""}`);
    return Promise.resolve(new Response(JSON.stringify(body)));
  };
  const untyped = socket as unknown as ParlourSocket;
  const http = new HttpClient({ fetch });
  const direct = new DirectClient(untyped, http, new SyncClient(untyped));
  return { socket, requests, direct, people: new PeopleClient(http), pair: new PairClient(untyped) };
}

describe("direct conversations over HTTP", () => {
  it("are asked for by path and query, encoded", async () => {
    const { requests, direct, people } = setUp();
    await direct.open("a@b");
    await direct.list(null, 100);
    await direct.list("c=", 20);
    await direct.history("conv_a@b_c", {});
    await direct.history("conv_1_2", { before: 7 });
    await direct.history("conv_1_2", { after: 0 });
    await people.search("a&b");
    await people.blocked("c=");
    await people.block("a@b");
    await people.unblock("a@b");
    expect(requests).toEqual([
      'POST /api/messages/conversations {"userId":"a@b"}',
      "GET /api/messages/conversations?limit=100",
      "GET /api/messages/conversations?limit=20&cursor=c%3D",
      "GET /api/messages/conversations/conv_a%40b_c?limit=50",
      "GET /api/messages/conversations/conv_1_2?limit=50&before=7",
      "GET /api/messages/conversations/conv_1_2?limit=50&after=0",
      "GET /api/users?query=a%26b",
      "GET /api/users/blocked?limit=100&cursor=c%3D",
      "POST /api/users/a%40b/block",
      "DELETE /api/users/a%40b/block",
    ]);
  });

  it("are read off the wire, and what is none is left out", async () => {
    const conversation = aDirect({ last_message: aDirectMessage(3, { clientId: "c" }) });
    const { direct } = setUp({ conversations: [conversation, aRoom(), 7], nextCursor: "next" });
    expect(await direct.list(null, 50)).toEqual({ ok: true, value: { conversations: [conversation], nextCursor: "next" } });
    const { people } = setUp({ users: [aUser("2"), {}] });
    expect(await people.search("us")).toEqual({ ok: true, value: { users: [aUser("2")], nextCursor: null } });
    expect(await setUp({ users: "none" }).people.search("us")).toMatchObject({ ok: false, error: { code: "internal" } });
  });
});

describe("direct conversations over the socket", () => {
  it("are asked for under their wire names", () => {
    const { socket, direct } = setUp();
    const answer = vi.fn();
    direct.join("c", answer);
    direct.leave("c", answer);
    direct.send({ conversationId: "c", messageText: "Hello", clientId: "k" }, answer);
    direct.markRead("c", 9, answer);
    direct.typing("c");
    direct.stopTyping("c");
    direct.sync({ c: 3 }, answer);
    expect(socket.sent).toEqual([
      ["join_conversation", { conversationId: "c" }],
      ["leave_conversation", { conversationId: "c" }],
      ["send_message", { conversationId: "c", messageText: "Hello", clientId: "k" }],
      ["mark_read", { conversationId: "c", seq: 9 }],
      ["typing", { conversationId: "c" }],
      ["stop_typing", { conversationId: "c" }],
      ["sync", { cursors: { c: 3 }, forms: { c: "direct" } }],
    ]);
  });

  it("answer with what was read", () => {
    const { socket, direct } = setUp();
    const answer = vi.fn();
    direct.join("c", answer);
    socket.ack(null, { success: true, isOnline: true, lastReadSeq: 2, otherLastReadSeq: 1 });
    expect(answer).toHaveBeenLastCalledWith({ ok: true, value: { isOnline: true, lastReadSeq: 2, otherLastReadSeq: 1 } });
    direct.send({ conversationId: "conv_1_2", messageText: "Line 3", clientId: "k" }, answer);
    socket.ack(null, { success: true, message: aDirectMessage(3) });
    expect(answer).toHaveBeenLastCalledWith({ ok: true, value: aDirectMessage(3) });
    direct.markRead("c", 9, answer);
    socket.ack(null, { success: true, updated: true });
    expect(answer).toHaveBeenLastCalledWith(expect.objectContaining({ ok: false }));
  });

  it("are told apart from the stranger chat and rooms, which have events of the same names", () => {
    const { socket, direct, pair } = setUp();
    const [inDirect, inPair] = [vi.fn(), vi.fn()];
    direct.on("typing", inDirect);
    direct.on("updated", inDirect);
    pair.on("typing", inPair);
    socket.hear("typing", { roomId: "p" });
    socket.hear("conversation_updated", { conversation: aRoom() });
    expect(inDirect).not.toHaveBeenCalled();
    expect(inPair).toHaveBeenCalledTimes(1);
    socket.hear("typing", { conversationId: "c", userId: "2", userName: "Mara" });
    socket.hear("conversation_updated", { conversation: aDirect() });
    expect(inPair).toHaveBeenCalledTimes(1);
    expect(inDirect.mock.calls).toEqual([[{ conversationId: "c", userId: "2" }], [aDirect()]]);
  });

  it("tell of messages, receipts and presence until one stops listening", () => {
    const { socket, direct } = setUp();
    const heard = vi.fn();
    const ends = (["message", "sent", "read", "online", "offline"] as const).map((event) => direct.on(event, heard));
    const events: readonly (readonly [string, object])[] = [
      ["new_message", { conversationId: "conv_1_2", message: aDirectMessage(1) }],
      ["message_sent", { conversationId: "conv_1_2", message: aDirectMessage(2) }],
      ["message_read", { conversationId: "c", readerId: "2", lastReadSeq: 4, readAt: "" }],
      ["user_online", { conversationId: "c", userId: "2" }],
      ["user_offline", { conversationId: "c", userId: "2", lastSeenAt: "2026-01-01T12:00:00.000Z" }],
    ];
    for (const [name, said] of events) socket.hear(name, said);
    expect(heard.mock.calls.map(([said]) => said as unknown)).toEqual([
      aDirectMessage(1),
      aDirectMessage(2),
      { conversationId: "c", readerId: "2", lastReadSeq: 4 },
      { conversationId: "c", userId: "2", lastSeenAt: null },
      { conversationId: "c", userId: "2", lastSeenAt: "2026-01-01T12:00:00.000Z" },
    ]);
    for (const end of ends) end();
    for (const [name, said] of events) socket.hear(name, said);
    expect(heard).toHaveBeenCalledTimes(events.length);
  });
});

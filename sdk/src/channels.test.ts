import { describe, expect, it, vi } from "vitest";
import type { ParlourSocket } from "./ask.ts";
import { ChannelsClient } from "./channels.ts";
import { aChannel, aChannelMessage } from "./fake-channels.ts";
import { aUser } from "./fake-direct.ts";
import { aRoom } from "./fake-rooms.ts";
import { FakeSocket } from "./fake-socket.ts";
import { HttpClient } from "./http.ts";
import { SyncClient } from "./sync.ts";

function setUp(body: object = {}) {
  const socket = new FakeSocket();
  const requests: string[] = [];
  const fetch = (url: unknown, init?: RequestInit): Promise<Response> => {
    requests.push(`${init?.method ?? ""} ${String(url)}${typeof init?.body === "string" ? ` ${init.body}` : ""}`);
    return Promise.resolve(new Response(JSON.stringify(body)));
  };
  const untyped = socket as unknown as ParlourSocket;
  return { socket, requests, channels: new ChannelsClient(untyped, new HttpClient({ fetch }), new SyncClient(untyped)) };
}

const CHANNEL = aChannel({ visibility: "private", lastMessage: aChannelMessage(3) });
const DRAFT = { channelId: "c", body: "Hello", tempId: "k" };

describe("channels over HTTP", () => {
  it("are asked for by path and query, encoded", async () => {
    const { requests, channels } = setUp();
    await channels.create({ name: "Tea", visibility: "private" });
    await channels.list("a&b", "c/d");
    await channels.members("c/1", null);
    await channels.invite("c", "7");
    await channels.remove("c", "a|b");
    await channels.history("c", { before: 7 });
    await channels.post(DRAFT);
    await channels.quit("c");
    expect(requests).toEqual([
      'POST /api/channels {"name":"Tea","visibility":"private"}',
      "GET /api/channels?limit=30&query=a%26b&cursor=c%2Fd",
      "GET /api/channels/c%2F1/members?limit=50",
      'POST /api/channels/c/members {"userId":"7"}',
      "DELETE /api/channels/c/members/a%7Cb",
      "GET /api/channels/c/messages?limit=50&before=7",
      'POST /api/channels/c/messages {"body":"Hello","clientId":"k"}',
      "DELETE /api/channels/c/leave",
    ]);
  });

  it("are read off the wire, and what is none is left out", async () => {
    const { channels } = setUp({ channels: [CHANNEL, aRoom(), 7], nextCursor: "next" });
    expect(await channels.list("", null)).toEqual({ ok: true, value: { groups: [CHANNEL], nextCursor: "next" } });
    expect(await setUp({ channels: 7 }).channels.list("", null)).toMatchObject({ ok: false, error: { code: "internal" } });
  });
});

describe("channels over the socket", () => {
  it("are asked for under their wire names", () => {
    const { socket, channels } = setUp();
    const answer = vi.fn();
    channels.join("c", answer);
    channels.leave("c", answer);
    channels.send(DRAFT, answer);
    channels.markRead("c", 9, answer);
    channels.sync({ c: 3 }, answer);
    expect(socket.sent).toEqual([
      ["joinChannel", { channelId: "c" }],
      ["leaveChannel", { channelId: "c" }],
      ["NEW_MESSAGE", DRAFT],
      ["mark_read", { conversationId: "c", seq: 9 }],
      ["sync", { cursors: { c: 3 }, forms: { c: "channels" } }],
    ]);
  });

  it("say who is here", () => {
    const { socket, channels } = setUp();
    const answer = vi.fn();
    channels.join("c", answer);
    const connectedUsers = [{ userId: "2", socketId: "s", user: { ...aUser("2"), displayName: "Mara", isGuest: true } }, 7];
    socket.ack(null, { success: true, connectedUsers, activeCount: 300 });
    const users = [{ userId: "2", userName: "Mara", isGuest: true }];
    expect(answer).toHaveBeenCalledWith({ ok: true, value: { users, count: 300 } });
  });

  it("tell what is shown from what is stored, and one's own name of a message from the server's", () => {
    const { socket, channels } = setUp();
    const said = { channelId: "c", sender: aUser("2"), body: "Hi", createdAt: "then" };
    const heard: unknown[] = [];
    channels.on("sent", (shown) => heard.push(["sent", shown]));
    channels.on("shown", (shown) => heard.push(["shown", shown]));
    channels.on("message", (message) => heard.push(["message", message]));
    socket.hear("channelMessageSent", { ...said, _id: "temp_m1", tempId: "k", isOptimistic: true });
    socket.hear("NEW_MESSAGE_RECEIVED", { ...said, _id: "temp_m2", tempId: "m2", isOptimistic: true });
    socket.hear("NEW_MESSAGE_RECEIVED", { ...said, _id: "temp_m3", tempId: "m3", isOptimistic: true, clientId: "k3" });
    socket.hear("NEW_MESSAGE_RECEIVED", { ...said, _id: "m4", tempId: "m4", isOptimistic: false, seq: 4 });
    socket.hear("NEW_MESSAGE_RECEIVED", { ...said, roomId: "c", channelId: undefined, _id: "m5", seq: 5 });
    expect(heard).toEqual([
      ["sent", { ...said, tempId: "k", clientId: "k" }],
      ["shown", { ...said, tempId: "m2" }],
      ["shown", { ...said, tempId: "m3", clientId: "k3" }],
      ["message", { ...said, _id: "m4", seq: 4, deleted: false }],
    ]);
  });

  it("say what became of a message, and who came and went", () => {
    const { socket, channels } = setUp();
    const heard: unknown[] = [];
    for (const event of ["confirmed", "failed", "joined", "count", "updated", "added"] as const) {
      channels.on(event, (said) => heard.push([event, said]));
    }
    const fate = { tempId: "k", channelId: "c", senderId: "1" };
    const error = { code: "unavailable", message: "Later.", retryable: true, retryAfterMs: null };
    socket.hear("channelMessageConfirmed", { ...fate, _id: "m1", seq: 1, createdAt: "then" });
    socket.hear("channelMessageFailed", { ...fate, error });
    socket.hear("user_joined", { channelId: "c", userId: "2", userName: "Mara", socketId: "s", activeCount: 2 });
    socket.hear("user_joined", { roomId: "c", userId: "2", userName: "Mara", activeCount: 2 });
    socket.hear("active_count", { roomId: "c", channelId: "c", activeCount: 201 });
    socket.hear("conversation_updated", { conversation: CHANNEL });
    socket.hear("conversation_added", { conversation: aRoom() });
    expect(heard).toEqual([
      ["confirmed", { ...fate, _id: "m1", seq: 1, createdAt: "then" }],
      ["failed", { ...fate, error }],
      ["joined", { groupId: "c", userId: "2", userName: "Mara", isGuest: false, activeCount: 2 }],
      ["count", { groupId: "c", activeCount: 201 }],
      ["updated", CHANNEL],
    ]);
  });
});

/**
 * Failures: with a callback and without, unknown events, other dialects' events, binary, sizes.
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";

import { assertError, NO_REPORTS } from "./peer.js";

/** Events that only accounts may use: of rooms, direct, channels, and of every stored conversation. */
const FOR_ACCOUNTS = [
  ["join_room", { roomId: "r" }],
  ["leave_room", { roomId: "r" }],
  ["get_active_users", { roomId: "r" }],
  ["send_message", { roomId: "r", content: "hi" }],
  ["join_conversation", "conv_1_2"],
  ["leave_conversation", "conv_1_2"],
  ["send_message", { conversationId: "conv_1_2", messageText: "hi" }],
  ["typing", { conversationId: "conv_1_2" }],
  ["stop_typing", { conversationId: "conv_1_2" }],
  ["mark_read", { conversationId: "conv_1_2" }],
  ["joinRoom", "r"],
  ["leaveRoom", "r"],
  ["roomMessage", { roomId: "r", message: "hi" }],
  ["joinChannel", { channelId: "c" }],
  ["leaveChannel", { channelId: "c" }],
  ["NEW_MESSAGE", { channelId: "c", message: "hi" }],
  ["sync", { cursors: {} }],
  ["refresh_token", { token: "t" }],
];

/** Names that no client says: unknown ones, the server's own, and a very long one. */
const UNKNOWN = [
  "dance",
  "receive_message",
  "user_joined",
  "user_left",
  "chat_history",
  "chat_error",
  "START_CHAT",
  "message",
  "",
  "x".repeat(10_000),
];

/** JSON that is far deeper than anything that is asked for, and that the client can still encode. */
const DEPTH = 1_000;
const deep = (leaf) => Array.from({ length: DEPTH }).reduce((inner) => [inner], leaf);

/** @param {import("./stage.js").Stage} stage */
export function errorSuite(stage) {
  test("without a callback a failure is a chat_error, with the ids that were given", async () => {
    const { ann, roomId } = await stage.talking();
    const cases = [
      ["send_message", [{ text: "", clientId: "c9", roomId }], "invalid_payload"],
      ["send_message", [{ text: "hi", roomId: "gone" }], "not_found"],
      ["send_message", [""], "invalid_payload"],
      ["start_chat", ["x".repeat(33)], "invalid_payload"],
      ["sync", [{ cursors: {} }], "unauthenticated"],
      ["join_room", [{ roomId: "r1" }], "unauthenticated"],
      ["join_conversation", [{ conversationId: "conv_1_2" }], "unauthenticated"],
      ["joinChannel", [{ channelId: "c1" }], "unauthenticated"],
      ["report_partner", [{ reason: "x" }], NO_REPORTS],
      ["dance", [{ clientId: 5 }], "invalid_payload"],
    ];
    const ids = ["clientId", "roomId", "conversationId", "channelId"];
    for (const [event, args, code] of cases) {
      ann.tell(event, ...args);
      const [{ error, ...rest }] = await ann.hears("chat_error");
      assertError(error, code, event);
      const given = Object.entries(Object(args[0])).filter(([name]) => ids.includes(name));
      assert.deepEqual(rest, { event, ...Object.fromEntries(given) });
    }
  });

  test("every pair event that needs a seat says so in a chat_error as well", async () => {
    const ann = await stage.join();
    for (const event of ["send_message", "typing", "stop_typing", "block_partner"]) {
      ann.tell(event, "hi");
      const [failure] = await ann.hears("chat_error");
      assertError(failure.error, "not_in_room", event);
      assert.equal(failure.event, event);
    }
  });

  test("events for accounts are refused, whatever they carry", async () => {
    const { ann, bob } = await stage.talking();
    for (const [event, payload] of FOR_ACCOUNTS) {
      await ann.refused("unauthenticated", event, payload);
    }
    await bob.hears();
  });

  test("a message for two places goes to none", async () => {
    const { ann, bob, roomId } = await stage.talking();
    const both = { text: "hi", roomId, conversationId: "conv_1_2" };
    await ann.refused("invalid_payload", "send_message", both);
    await bob.hears();
  });

  test("who claims to be a user is refused", async () => {
    const { ann, bob } = await stage.talking();
    await ann.refused("forbidden", "send_message", { text: "hi", userId: "7" });
    await ann.succeed("send_message", { text: "hi", userId: null });
    await bob.hears("receive_message");
  });

  test("unknown events are answered, and the connection stays", async () => {
    const ann = await stage.join();
    for (const event of UNKNOWN) {
      const { message } = await ann.refused("invalid_payload", event, "hi");
      assert.ok(message.length < 300, "a long name is not repeated whole");
      ann.tell(event, "hi");
      assert.equal((await ann.next("ack")).success, false);
      assert.equal((await ann.next("chat_error")).error.code, "invalid_payload");
    }
    await ann.succeed("start_chat");
  });

  test("binary data is refused, and the connection stays", async () => {
    const { ann, bob } = await stage.talking();
    const bytes = Buffer.from("hi");
    await ann.refused("invalid_payload", "send_message", bytes);
    await ann.refused("invalid_payload", "send_message", { text: bytes });
    await ann.refused("invalid_payload", "send_message", { text: "hi" }, bytes);
    await ann.refused("invalid_payload", "start_chat", new Uint8Array(3));
    await ann.refused("invalid_payload", "dance", bytes);
    await bob.hears();
    await ann.succeed("send_message", "still here");
  });

  test("odd and deep arguments are refused or ignored, and the connection stays", async () => {
    const { ann, bob } = await stage.talking();
    await ann.refused("invalid_payload", "send_message", { text: deep("hi") });
    await ann.refused("invalid_payload", "send_message", deep("hi"));
    await ann.refused("invalid_payload", "send_message", { text: "hi", "\ud800": 1 });
    await ann.succeed("send_message", { text: "hi", other: deep("hi") });
    await ann.succeed("send_message", { text: "hi", other: "\ud800" });
    await ann.succeed("leave_chat", deep("hi"), 1, 2, 3);
    await bob.hears("receive_message", "receive_message", "user_left");
  });

  test("a packet over the limit ends the connection; one just under it does not", async () => {
    const { ann, bob } = await stage.talking();
    await ann.refused("too_large", "send_message", "x".repeat(100_000));
    const end = ann.ended();
    ann.tell("send_message", "x".repeat(110_000));
    assert.match(await end, /^transport (close|error)$/);
    await bob.next("user_left");
  });

  test("a client that reconnects by itself does so after it was thrown out", async () => {
    const ann = await stage.join({ reconnection: true, reconnectionDelay: 10 });
    const first = ann.id;
    const end = ann.ended();
    ann.tell("send_message", "x".repeat(110_000));
    await end;
    await ann.connected();
    assert.notEqual(ann.id, first);
    await ann.succeed("start_chat");
  });
}

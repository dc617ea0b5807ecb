/**
 * Failures in public rooms: with a callback and without, and whom they do not hurt.
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";

import { assertError } from "../peer.js";
import { assertRefusal } from "./shapes.js";

/** Ids that no room has. */
const NO_ROOMS = ["AAAAAAAAAAAAAAAAAAAAAA", "7", 7, "conv_1_2", "gone"];
/** What no id reads like. */
const ODD_IDS = ["../..", "名", "a b", "x".repeat(65)];
/** What is no id at all. */
const NO_IDS = [undefined, null, "", true, [], {}, { roomId: null }, { roomId: "" }, { roomId: {} }];
/** Events that name a room. */
const EVENTS = ["join_room", "leave_room", "get_active_users", "mark_read"];

/** @param {import("./hall.js").Hall} hall */
export function suiteErrors(hall) {
  test("a room that there is not is not found", async () => {
    const ann = await hall.person();
    const ear = await ann.ear();
    for (const id of NO_ROOMS) {
      for (const event of EVENTS) await ear.refused("not_found", event, { roomId: id });
      await ear.refused("not_found", "send_message", { roomId: id, content: "hi" });
      if (typeof id === "string") await ear.refused("not_found", "join_room", id);
    }
    for (const id of ODD_IDS) {
      for (const event of [...EVENTS, "send_message"]) {
        const answer = await ear.ask(event, { roomId: id, content: "hi" });
        assertRefusal(answer, ["invalid_payload", "not_found"], `${event} ${id}`);
      }
    }
    const { rooms } = await ann.get("?limit=100");
    assert.ok(!rooms.some(({ _id }) => NO_ROOMS.includes(_id)), "none was made by that");
  });

  test("what names no room is refused, and the connection stays", async () => {
    const ear = await (await hall.person()).ear();
    for (const event of EVENTS) {
      for (const arg of NO_IDS) await ear.refused("invalid_payload", event, arg);
      await ear.refused("invalid_payload", event);
      await ear.refused("invalid_payload", event, Buffer.from("r"));
    }
    await ear.hears();
  });

  test("strangers are told to sign in", async () => {
    const { roomId, annEar } = await hall.talking();
    const stranger = await hall.visitor();
    const events = [
      ["join_room", { roomId }],
      ["send_message", { roomId, content: "hi" }],
      ["send_message", { roomId, content: "hi", userId: "1", senderName: "Eve" }],
      ["leave_room", { roomId }],
      ["get_active_users", { roomId }],
      ["mark_read", { roomId }],
      ["sync", { cursors: { [roomId]: 0 } }],
    ];
    for (const [event, payload] of events) {
      await stranger.refused("unauthenticated", event, payload);
      stranger.tell(event, payload);
      const failure = await stranger.next("chat_error");
      assert.equal(failure.event, event);
      assertError(failure.error, "unauthenticated", event);
    }
    await annEar.says(roomId, "among ourselves");
    await annEar.hears("receive_message");
    await stranger.hears();
  });

  test("another's id is forbidden in every event", async () => {
    const { ann, bob, roomId, annEar, bobEar } = await hall.talking();
    const payload = { roomId, userId: bob.id };
    for (const event of EVENTS) await annEar.refused("forbidden", event, payload);
    await annEar.refused("forbidden", "send_message", { ...payload, content: "hi" });
    await annEar.hears();
    const { activeUsers } = await bobEar.succeed("get_active_users", roomId);
    assert.deepEqual(activeUsers, [ann.at(annEar.id), bob.at(bobEar.id)]);
  });

  test("without a callback a failure is a chat_error, with the ids that were given", async () => {
    const { bob, roomId, annEar, bobEar } = await hall.talking();
    const cases = [
      ["join_room", { roomId: "gone" }, "not_found"],
      ["join_room", {}, "invalid_payload"],
      ["join_room", { roomId, userId: bob.id }, "forbidden"],
      ["leave_room", { roomId: "gone" }, "not_found"],
      ["get_active_users", { roomId: "gone" }, "not_found"],
      ["send_message", { roomId: "gone", content: "hi", clientId: "c1" }, "not_found"],
      ["send_message", { roomId, content: "", clientId: "c2" }, "invalid_payload"],
      ["send_message", { roomId, content: "x".repeat(4_001) }, "too_large"],
      ["send_message", { roomId, content: "hi", userId: bob.id }, "forbidden"],
      ["mark_read", { roomId, seq: "x" }, "invalid_payload"],
      ["sync", { cursors: 7 }, "invalid_payload"],
    ];
    for (const [event, payload, code] of cases) {
      annEar.tell(event, payload);
      const { error, ...rest } = await annEar.next("chat_error");
      assertError(error, code, event);
      const ids = Object.entries(payload).filter(([key]) => ["roomId", "clientId"].includes(key));
      assert.deepEqual(rest, { event, ...Object.fromEntries(ids) });
    }
    await bobEar.hears();
  });

  test("a message for two places goes to none", async () => {
    const { roomId, annEar, bobEar } = await hall.talking();
    const both = { roomId, conversationId: "conv_1_2", content: "hi", messageText: "hi" };
    await annEar.refused("invalid_payload", "send_message", both);
    await annEar.says(roomId, "one place");
    assert.equal((await bobEar.next("receive_message")).content, "one place");
  });

  test("a pair's line does not go to a room, nor a room's to a pair", async () => {
    const { roomId, annEar, bobEar } = await hall.talking();
    const answer = await annEar.ask("send_message", { roomId, text: "hi" });
    assertRefusal(answer, ["invalid_payload", "not_in_room", "not_found"], "text");
    const visitors = [await hall.visitor(), await hall.visitor()];
    for (const each of visitors) await each.succeed("start_chat");
    const pair = (await visitors[0].status()).roomId;
    const crossed = await annEar.ask("send_message", { roomId: pair, content: "hi" });
    assertRefusal(crossed, ["invalid_payload", "not_found"], "content");
    await annEar.refused("not_found", "join_room", pair);
    for (const each of visitors) {
      const heard = (await each.heard()).map(({ name }) => name);
      assert.ok(!heard.includes("receive_message"), String(heard));
    }
    await bobEar.hears();
  });

  test("odd arguments beside good ones are ignored; binary ones are refused", async () => {
    const { roomId, annEar, bobEar } = await hall.talking();
    const odd = { roomId, content: "hi", other: [[[[{}]]]], constructor: 1 };
    await annEar.succeed("send_message", odd);
    await annEar.succeed("send_message", { roomId, content: "hi", conversationId: null }, "more", 7);
    await annEar.refused("invalid_payload", "send_message", { roomId, content: Buffer.from("hi") });
    await annEar.refused("invalid_payload", "join_room", { roomId, extra: Buffer.from("hi") });
    assert.equal((await bobEar.hearsMessages(roomId, 2)).length, 2);
  });
}

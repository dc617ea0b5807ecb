/**
 * send_message: texts, lines that wait, rooms that are over, keys.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import { LINES_WAIT } from "./peer.js";
import { assertLine } from "./shapes.js";
import { NO_TEXTS, TEXTS } from "./texts.js";

/** Lines that are kept for a partner who has not come yet. */
const WAITING_LINES = 50;

/** @param {import("./stage.js").Stage} stage */
export function sendSuite(stage) {
  test("a line reaches both: the callback first, each with the ids that are theirs", async () => {
    const { ann, bob, roomId, masks } = await stage.talking();
    const { message, ...rest } = await ann.ask("send_message", { text: "hi", clientId: "c1" });
    assert.deepEqual(rest, { success: true });
    const line = { roomId, username: "Ann", text: "hi", clientId: "c1" };
    assertLine(message, { ...line, socketId: ann.id });
    const [, own] = await ann.hears("ack", "receive_message");
    assert.deepEqual(own, message);
    const [theirs] = await bob.hears("receive_message");
    assert.deepEqual(theirs, { ...message, socketId: masks.ann });
  });

  const forms = (roomId) => [
    ["hi"],
    [{ text: "hi" }],
    [{ text: "hi", roomId }],
    [{ text: "hi", roomId: null, clientId: null, conversationId: null }],
    [{ text: "hi", timestamp: 12, senderName: "Eve", username: "Eve", id: "1", socketId: "x" }],
    ["hi", "and more"],
  ];
  test("a line may be a bare text or an object; what a client claims of itself is ignored", async () => {
    const { ann, bob, roomId, masks } = await stage.talking();
    for (const args of forms(roomId)) {
      ann.tell("send_message", ...args);
      const [own] = await ann.hears("receive_message");
      assertLine(own, { roomId, username: "Ann", socketId: ann.id, text: "hi" });
      const [theirs] = await bob.hears("receive_message");
      assert.deepEqual(theirs, { ...own, socketId: masks.ann });
    }
  });

  test("texts arrive as they are, and never as HTML", async () => {
    const { ann, bob } = await stage.talking();
    for (const [text, arrives = text] of TEXTS) {
      await ann.succeed("send_message", { text });
      const [, own] = await ann.hears("ack", "receive_message");
      const [theirs] = await bob.hears("receive_message");
      assert.equal(own.text, arrives);
      assert.equal(theirs.text, arrives);
    }
  });

  test("what is no text is refused, and the connection stays", async () => {
    const { ann, bob } = await stage.talking();
    for (const [text, code] of NO_TEXTS) await ann.refused(code, "send_message", { text });
    for (const args of [[], [null], [{}], [{ text: null }], [7], [["hi"]]]) {
      await ann.refused("invalid_payload", "send_message", ...args);
    }
    await bob.hears();
    await ann.succeed("send_message", "still here");
    await bob.hears("receive_message");
  });

  test("lines said while waiting are the history of whoever comes, and of oneself", async () => {
    const { ann, roomId } = await stage.waiting();
    const { message: first } = await ann.succeed("send_message", "anybody?");
    ann.tell("send_message", { text: "hello?", clientId: "c2" });
    const [, line, second] = await ann.hears("ack", "receive_message", "receive_message");
    assert.deepEqual(line, first);
    const bob = await stage.join();
    const { users } = await bob.succeed("start_chat", "Bob");
    const [, , theirs] = await bob.hears("ack", "user_joined", "chat_history");
    const [, own] = await ann.hears("user_joined", "chat_history");
    assert.deepEqual(own, [first, second]);
    assert.deepEqual(theirs, own.map((kept) => ({ ...kept, socketId: users[0].socketId })));
    assertLine(theirs[0], {
      roomId,
      username: "Ann",
      socketId: users[0].socketId,
      text: "anybody?",
    });
    const { message: third } = await bob.succeed("send_message", "hi");
    await bob.hears("ack", "receive_message");
    assert.ok(third.id > second.id && second.id > first.id, "ids are in the order of time");
  });

  test("so many lines wait, and no more until somebody comes", async () => {
    const { ann } = await stage.waiting();
    for (let n = 0; n < WAITING_LINES; n += 1) await ann.succeed("send_message", `${n}`);
    await ann.refused(LINES_WAIT, "send_message", "one too many");
    const bob = await stage.join();
    await bob.succeed("start_chat");
    const [, , history] = await bob.hears("ack", "user_joined", "chat_history");
    const texts = history.map(({ text }) => text);
    assert.deepEqual(texts, Array.from({ length: WAITING_LINES }, (_, n) => `${n}`));
    await ann.succeed("send_message", "there is room again");
  });

  test("after a partner has left, nobody is there to be written to", async () => {
    const { ann, bob } = await stage.talking();
    await ann.succeed("send_message", "for Bob");
    await ann.succeed("leave_chat");
    await bob.refused("not_in_room", "send_message", "for Ann");
    const cleo = await stage.join();
    await cleo.succeed("start_chat", "Cleo");
    const [, , history] = await cleo.hears("ack", "user_joined", "chat_history");
    assert.deepEqual(history, [], "what two said is forgotten when one leaves");
    await bob.succeed("send_message", "for Cleo");
    const [line] = await cleo.hears("receive_message");
    assert.equal(line.text, "for Cleo");
  });

  test("a line for a room that is over goes nowhere", async () => {
    const { ann, bob, roomId } = await stage.talking();
    await ann.succeed("leave_chat");
    await bob.refused("not_found", "send_message", { text: "for Ann", roomId });
    const cleo = await stage.join();
    await cleo.succeed("start_chat");
    await cleo.hears("ack", "user_joined", "chat_history");
    await bob.refused("not_found", "send_message", { text: "for Ann", roomId });
    await bob.refused("not_found", "send_message", { text: "for Ann", roomId: 7 });
    await cleo.hears();
    const { roomId: present } = await bob.status();
    await bob.succeed("send_message", { text: "for Cleo", roomId: present });
  });

  test("with no seat there is no room to write in", async () => {
    const ann = await stage.join();
    await ann.refused("not_in_room", "send_message", "hello?");
    await ann.refused("not_in_room", "typing");
    await ann.refused("not_in_room", "stop_typing");
    await ann.refused("not_in_room", "block_partner");
  });

  test("a line that is sent again is the first one", async () => {
    const { ann, bob } = await stage.talking();
    const { message } = await ann.succeed("send_message", { text: "hi", clientId: "c1" });
    await ann.hears("ack", "receive_message");
    await bob.hears("receive_message");
    const again = await ann.succeed("send_message", { text: "hi", clientId: "c1" });
    assert.deepEqual(again.message, message);
    await ann.refused("conflict", "send_message", { text: "other", clientId: "c1" });
    await ann.hears("ack", "ack");
    await bob.hears();
    const theirs = await bob.succeed("send_message", { text: "other", clientId: "c1" });
    assert.notEqual(theirs.message.id, message.id, "a key is its sender's alone");
  });

  test("a key lives as long as the room", async () => {
    const { ann, roomId } = await stage.waiting();
    const { message } = await ann.succeed("send_message", { text: "hi", clientId: "c1" });
    const bob = await stage.join();
    await bob.succeed("start_chat");
    const again = await ann.succeed("send_message", { text: "hi", clientId: "c1", roomId });
    assert.deepEqual(again.message, message, "a line that waited is known as well");
    await bob.succeed("leave_chat");
    const cleo = await stage.join();
    await cleo.succeed("start_chat");
    const anew = await ann.succeed("send_message", { text: "other", clientId: "c1" });
    assert.notEqual(anew.message.id, message.id);
  });

  test("a key is a text of up to 64 characters, or a number", async () => {
    const { ann } = await stage.talking();
    for (const clientId of ["é".repeat(64), 7, "7b"]) {
      const { message } = await ann.succeed("send_message", { text: "hi", clientId });
      assert.equal(message.clientId, String(clientId));
    }
    for (const clientId of ["", "x".repeat(65), true, {}, ["c"], "\ud800"]) {
      await ann.refused("invalid_payload", "send_message", { text: "hi", clientId });
    }
    for (const roomId of ["", "x".repeat(65), true, {}]) {
      await ann.refused("invalid_payload", "send_message", { text: "hi", roomId });
    }
  });
}

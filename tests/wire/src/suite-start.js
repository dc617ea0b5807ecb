/**
 * start_chat, new_chat, leave_chat, get_room_status.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import { assertMask, assertNow, assertRoomId, joined, left, started, user } from "./shapes.js";

/** @param {import("./stage.js").Stage} stage */
export function startSuite(stage) {
  test("the first to start waits: callback, then user_joined", async () => {
    const ann = await stage.join();
    await ann.succeed("start_chat", "Ann");
    const [answer, event] = await ann.hears("ack", "user_joined");
    assertRoomId(answer.roomId);
    const users = [user(ann.id, "Ann")];
    assert.deepEqual(answer, started(answer.roomId, "Ann", users));
    assert.deepEqual(event, joined(answer.roomId, "Ann", users));
  });

  test("the second makes it active: callback, user_joined, chat_history, to both", async () => {
    const { ann, roomId } = await stage.waiting();
    const bob = await stage.join();
    await bob.succeed("start_chat", "Bob");
    const [answer, event, history] = await bob.hears("ack", "user_joined", "chat_history");
    const [seen, sameHistory] = await ann.hears("user_joined", "chat_history");
    const [annMask, bobMask] = [answer.users[0].socketId, seen.users[1].socketId];
    const toBob = [user(annMask, "Ann"), user(bob.id, "Bob")];
    assert.deepEqual(answer, started(roomId, "Bob", toBob));
    assert.deepEqual(event, joined(roomId, "Bob", toBob));
    assert.deepEqual(seen, joined(roomId, "Bob", [user(ann.id, "Ann"), user(bobMask, "Bob")]));
    assert.deepEqual([history, sameHistory], [[], []]);
    assertMask(annMask, ann.id, bob.id, bobMask);
    assertMask(bobMask, ann.id, bob.id, annMask);
  });

  test("start_chat without a callback does the same", async () => {
    const ann = await stage.join();
    ann.tell("start_chat", "Ann");
    const [event] = await ann.hears("user_joined");
    assert.deepEqual(event, joined(event.roomId, "Ann", [user(ann.id, "Ann")]));
  });

  test("a third waits in another room", async () => {
    const { roomId } = await stage.talking();
    const cleo = await stage.join();
    const answer = await cleo.succeed("start_chat", "Cleo");
    assert.notEqual(answer.roomId, roomId);
    assert.equal(answer.status, "waiting");
  });

  test("the longest-waiting is taken first", async () => {
    const { ann, bob } = await stage.talking();
    const { roomId: first } = await ann.succeed("new_chat", "Ann");
    const { roomId: own } = await bob.status();
    assert.notEqual(first, own, "they have just left each other");
    const cleo = await stage.join();
    const { roomId } = await cleo.succeed("start_chat", "Cleo");
    assert.equal(roomId, own, "Bob has been waiting since Ann left, which is longer than Ann has");
  });

  const aliases = [
    ["bare", ["Zoë"], "Zoë"],
    ["in an object", [{ username: "Zoë" }], "Zoë"],
    ["with what nobody asked for", [{ username: "Zoë", timestamp: 1, senderName: "Eve" }], "Zoë"],
    ["absent", [], "Stranger"],
    ["null", [null], "Stranger"],
    ["null in an object", [{ username: null }], "Stranger"],
    ["missing in an object", [{}], "Stranger"],
    ["with space around it", ["  Zoë "], "Zoë"],
    ["of 32 characters", ["é".repeat(32)], "é".repeat(32)],
  ];
  test("an alias may be given bare, in an object or not at all", async () => {
    for (const [what, args, expected] of aliases) {
      const peer = await stage.join();
      const answer = await peer.succeed("start_chat", ...args);
      assert.equal(answer.username, expected, what);
      assert.deepEqual(answer.users.at(-1), user(peer.id, expected), what);
    }
  });

  const unseen = ["a\u202eb", "a\u200bb", "a\0b", "\u2800", "\u3164", "\ufe0f", "\u{e0100}", "\u2062"];
  const noAliases = ["", "   ", "x".repeat(33), ...unseen, 7, true, ["Ann"]];
  test("what is no alias is refused, and nobody is seated", async () => {
    const ann = await stage.join();
    for (const alias of [...noAliases, "\ud800"]) {
      for (const event of ["start_chat", "new_chat"]) {
        await ann.refused("invalid_payload", event, { username: alias });
      }
      assert.equal((await ann.status()).status, "empty", JSON.stringify(alias));
    }
  });

  test("who is seated gets the present room, and nothing is emitted", async () => {
    const { ann, bob, roomId, masks } = await stage.talking();
    const answer = await ann.succeed("start_chat", "Other");
    assert.deepEqual(answer, started(roomId, "Ann", [user(ann.id, "Ann"), user(masks.bob, "Bob")]));
    await ann.hears("ack");
    await bob.hears();
  });

  test("new_chat leaves, tells the partner, and starts again with the same alias", async () => {
    const { ann, bob, roomId } = await stage.talking();
    const answer = await ann.succeed("new_chat");
    assert.deepEqual(answer, started(answer.roomId, "Ann", [user(ann.id, "Ann")]));
    await ann.hears("ack", "user_joined");
    const [gone] = await bob.hears("user_left");
    assertRoomId(gone.roomId);
    assert.deepEqual(gone, left(gone.roomId, "Ann"));
    const rooms = new Set([roomId, answer.roomId, gone.roomId]);
    assert.equal(rooms.size, 3, "each departure makes a new room id, and they do not meet again");
  });

  test("new_chat takes a new alias, and works without a callback", async () => {
    const { ann, bob } = await stage.talking();
    ann.tell("new_chat", { username: "Anna" });
    const [event] = await ann.hears("user_joined");
    assert.deepEqual(event, joined(event.roomId, "Anna", [user(ann.id, "Anna")]));
    const [gone] = await bob.hears("user_left");
    assert.equal(gone.username, "Ann", "who left is called as the partner knew them");
  });

  test("new_chat while waiting keeps the place, and takes the new alias", async () => {
    const { ann, roomId } = await stage.waiting();
    const answer = await ann.succeed("new_chat", "Anna");
    assert.deepEqual(answer, started(roomId, "Anna", [user(ann.id, "Anna")]));
    await ann.hears("ack");
  });

  test("new_chat with no seat starts", async () => {
    const ann = await stage.join();
    const answer = await ann.succeed("new_chat", "Ann");
    assert.deepEqual(answer, started(answer.roomId, "Ann", [user(ann.id, "Ann")]));
    await ann.hears("ack", "user_joined");
  });

  test("leave_chat leaves; who stays waits in a room with a new id", async () => {
    const { ann, bob, roomId } = await stage.talking();
    assert.deepEqual(await ann.ask("leave_chat"), { success: true });
    await ann.hears("ack");
    const [gone] = await bob.hears("user_left");
    assert.deepEqual(gone, left(gone.roomId, "Ann"));
    assert.notEqual(gone.roomId, roomId);
    const { roomId: now, status, users } = await bob.status();
    assert.deepEqual([now, status, users], [gone.roomId, "waiting", [user(bob.id, "Bob")]]);
    assert.equal((await ann.status()).status, "empty");
  });

  test("leave_chat succeeds for who waits, for who has no seat, and without a callback", async () => {
    const { ann } = await stage.waiting();
    assert.deepEqual(await ann.ask("leave_chat"), { success: true });
    assert.deepEqual(await ann.ask("leave_chat", {}), { success: true });
    await ann.succeed("start_chat");
    ann.tell("leave_chat");
    await ann.hears("ack", "ack", "ack", "user_joined");
    assert.equal((await ann.status()).status, "empty");
  });

  test("an alias is remembered from one start to the next", async () => {
    const { ann } = await stage.waiting();
    await ann.succeed("leave_chat");
    assert.equal((await ann.succeed("start_chat")).username, "Ann");
  });

  test("get_room_status says where one is", async () => {
    const ann = await stage.join();
    const nowhere = { roomId: null, status: "empty", userCount: 0, users: [], createdAt: null };
    assert.deepEqual(await ann.ask("get_room_status"), { success: true, ...nowhere });
    const { roomId } = await ann.succeed("start_chat", "Ann");
    const { createdAt, ...waiting } = await ann.ask("get_room_status", null);
    assertNow(createdAt);
    const users = [user(ann.id, "Ann")];
    const expected = { success: true, roomId, status: "waiting", userCount: 1, users };
    assert.deepEqual(waiting, expected);
    const bob = await stage.join();
    const { users: both } = await bob.succeed("start_chat", "Bob");
    const active = { success: true, roomId, status: "active", userCount: 2, users: both };
    assert.deepEqual(await bob.ask("get_room_status"), { ...active, createdAt });
  });

  test("get_room_status without a callback is nobody's business and does no harm", async () => {
    const ann = await stage.join();
    ann.tell("get_room_status");
    await ann.hears();
  });

  test("everybody else hears nothing", async () => {
    const { ann, bob } = await stage.talking();
    const others = [await stage.join(), await stage.join()];
    for (const other of others) await other.succeed("start_chat");
    await others[0].hears("ack", "user_joined", "user_joined", "chat_history");
    await others[1].hears("ack", "user_joined", "chat_history");
    await ann.succeed("send_message", "hi");
    await ann.succeed("typing");
    await ann.succeed("new_chat");
    await bob.hears("receive_message", "typing", "user_left");
    for (const other of others) await other.hears();
  });
}

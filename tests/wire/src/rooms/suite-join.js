/**
 * join_room, leave_room, get_active_users: who listens, and who is told.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import { until } from "../wait.js";
import { assertRefusal, assertRoom, assertSeqs } from "./shapes.js";

/** @param {import("./hall.js").Hall} hall */
export function suiteJoin(hall) {
  test("joining makes a member and a listener, and the others are told", async () => {
    const ann = await hall.person("Ann", { displayName: "Ann Lee" });
    const gus = await hall.guest();
    const { _id: roomId } = await ann.makes("Tea", { description: "and cake" });
    const base = { name: "Tea", description: "and cake" };

    const annEar = await ann.ear();
    const { room, activeUsers, ...rest } = await annEar.joins(roomId);
    assert.deepEqual(rest, { success: true });
    assertRoom(room, { ...base, activeCount: 1 });
    assert.deepEqual(activeUsers, [ann.at(annEar.id)]);
    await annEar.hears();

    const gusEar = await gus.ear();
    const answer = await gusEar.joins(roomId);
    assertRoom(answer.room, { ...base, memberCount: 2, activeCount: 2 });
    assert.deepEqual(answer.activeUsers, [ann.at(annEar.id), gus.at(gusEar.id)]);
    assert.deepEqual(await annEar.next("user_joined"), gus.notice(roomId, 2));
    await gusEar.hears();
    const { members } = await ann.get(`/${roomId}/members`);
    assert.deepEqual(members.map(({ id }) => id).sort(), [ann.id, gus.id].sort());
  });

  test("a room may be named bare, as text, or in an object with whatever else", async () => {
    const [ann, bob] = [await hall.person(), await hall.person("Bob")];
    const { _id: roomId } = await ann.makes();
    const annEar = await ann.listener(roomId);
    const forms = [
      roomId,
      { roomId },
      { roomId, userId: bob.id, userName: "Eve", timestamp: 7, other: [[]] },
      { roomId, userId: Number(bob.id) },
      { roomId, userId: null },
    ];
    for (const form of forms) {
      const ear = await bob.ear();
      await ear.succeed("join_room", form);
      await annEar.next("user_joined");
      await ear.succeed("get_active_users", form);
      await ear.next("active_users");
      await ear.succeed("leave_room", form);
      await annEar.next("user_left");
      ear.leave();
    }
  });

  test("everything works without a callback, too", async () => {
    const { bob, roomId, annEar } = await hall.talking();
    const ear = await bob.ear();
    ear.tell("get_active_users", roomId);
    await ear.next("active_users");
    ear.tell("join_room", roomId);
    ear.tell("send_message", { roomId, content: "hello" });
    const heard = await ear.next("receive_message");
    assert.equal(heard.content, "hello");
    assert.deepEqual(await annEar.next("receive_message"), heard);
    ear.tell("leave_room", roomId);
    await ear.hears();
    await annEar.says(roomId, "gone?");
    await annEar.next("receive_message");
    await ear.hears();
  });

  test("joining again answers again, announces nothing, and doubles nothing", async () => {
    const { bob, roomId, annEar, bobEar } = await hall.talking();
    const { room, activeUsers } = await bobEar.joins(roomId);
    assert.equal(room.activeCount, 2);
    assert.equal(room.memberCount, 2);
    assert.equal(activeUsers.length, 2);
    await annEar.hears();
    await bobEar.says(roomId, "once");
    await bobEar.says(roomId, "twice");
    assertSeqs(await bobEar.hearsMessages(roomId, 2), 1, 2);
    assertSeqs(await annEar.hearsMessages(roomId, 2), 1, 2);
    await bobEar.succeed("leave_room", roomId);
    const isAlone = () => annEar.log.at(-1).name === "user_left";
    await until("her being told", isAlone);
    assert.deepEqual(annEar.log.at(-1).payload, bob.notice(roomId, 1));
    await annEar.says(roomId, "alone");
    await annEar.hearsMessages(roomId, 3);
    await bobEar.heard();
    assertSeqs(bobEar.messages(roomId), 1, 2);
  });

  test("leaving ends the listening and not the membership", async () => {
    const { ann, bob, roomId, annEar, bobEar } = await hall.talking();
    assert.deepEqual(await bobEar.succeed("leave_room", { roomId }), { success: true });
    assert.deepEqual(await annEar.next("user_left"), bob.notice(roomId, 1));
    await annEar.says(roomId, "he does not hear this");
    await annEar.next("receive_message");
    await bobEar.hears();
    const { members } = await bob.get(`/${roomId}/members`);
    assert.deepEqual(members.map(({ id }) => id).sort(), [ann.id, bob.id].sort());
    const { room } = await bobEar.joins(roomId);
    assert.equal(room.memberCount, 2);
    assert.deepEqual(await annEar.next("user_joined"), bob.notice(roomId, 2));
    assert.equal((await annEar.says(roomId, "but this")).seq, 2);
    assert.equal((await bobEar.next("receive_message")).seq, 2);
  });

  test("leaving what one does not listen to tells nobody", async () => {
    const { bob, roomId, annEar } = await hall.talking();
    const ear = await bob.ear();
    const answer = await ear.ask("leave_room", { roomId });
    if (!answer.success) assertRefusal(answer, ["not_in_room"], "leave_room");
    await annEar.says(roomId, "still two of us");
    await annEar.hears("receive_message");
    await annEar.succeed("get_active_users", roomId);
    const { users } = await annEar.next("active_users");
    assert.equal(users.length, 2);
  });

  test("who is here is told to whoever asks, in the order of joining", async () => {
    const { ann, bob, roomId, annEar, bobEar } = await hall.talking();
    const users = [ann.at(annEar.id), bob.at(bobEar.id)];
    const answer = await bobEar.succeed("get_active_users", { roomId });
    assert.deepEqual(answer.activeUsers, users);
    const told = await bobEar.next("active_users");
    assert.equal(told.roomId, roomId);
    assert.deepEqual(told.users, users);
    await annEar.hears();

    const passing = await (await hall.person("Passing")).ear();
    const seen = await passing.succeed("get_active_users", roomId);
    assert.deepEqual(seen.activeUsers, users, "one who does not listen is not there");
    await annEar.hears();
    await annEar.succeed("leave_room", roomId);
    const left = await passing.succeed("get_active_users", roomId);
    assert.deepEqual(left.activeUsers, [bob.at(bobEar.id)]);
  });

  test("the callback of a join comes before anything of that room", async () => {
    const { annEar, roomId } = await hall.talking();
    const late = await hall.person("Late");
    const ear = await late.ear();
    const rounds = 5;
    let isOver = false;
    const talk = (async () => {
      while (!isOver) await annEar.says(roomId, "and on, and on");
    })();
    for (let n = 0; n < rounds; n += 1) {
      const from = ear.all.length;
      await ear.joins(roomId);
      await ear.next("receive_message");
      const first = ear.all.slice(from).find(({ name }) => !name.startsWith("conversation_"));
      assert.equal(first.name, "ack");
      await ear.succeed("leave_room", roomId);
      await ear.heard();
    }
    isOver = true;
    await talk;
  });

  test("who joins in the middle of a talk misses nothing from then on", async () => {
    const { ann, annEar, bobEar, roomId } = await hall.talking();
    const late = await hall.person("Late");
    const ear = await late.ear();
    const says = (n) => (n % 2 ? annEar : bobEar).says(roomId, `${n}`);
    const early = Array.from({ length: 20 }, (_, n) => says(n));
    const joined = ear.joins(roomId);
    const rest = Array.from({ length: 20 }, (_, n) => says(n));
    await joined;
    // What is read after the answer and what is heard leave no hole between them.
    const known = (await ann.reads(roomId, "limit=1"))[0]?.seq ?? 0;
    await Promise.all([...early, ...rest]);
    const last = await annEar.says(roomId, "the end");
    assert.equal(last.seq, 41);
    await ear.hearsMessages(roomId, 1);
    const isOver = () => ear.messages(roomId).at(-1)?.seq === last.seq;
    await until("the last message", isOver);
    const heard = ear.messages(roomId);
    assertSeqs(heard, heard[0].seq, last.seq);
    assert.ok(heard[0].seq <= known + 1, `knew ${known}, and heard ${heard[0].seq} next`);
  });
}

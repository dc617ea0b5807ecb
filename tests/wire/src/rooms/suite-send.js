/**
 * send_message in public rooms: who hears it, as what, and what cannot be said.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import { NO_TEXTS, TEXTS } from "../texts.js";
import { assertMessage, assertSeqs } from "./shapes.js";

/** @param {import("./hall.js").Hall} hall */
export function suiteSend(hall) {
  test("a message is stored, answered, and heard by all who listen, the sender too", async () => {
    const { ann, bob, roomId, annEar, bobEar } = await hall.talking();
    const second = await ann.listener(roomId);
    const answer = await annEar.succeed("send_message", { roomId, content: "hi", clientId: "c1" });
    assert.deepEqual(Object.keys(answer).sort(), ["message", "success"]);
    const { message } = answer;
    assertMessage(message, ann, { roomId, seq: 1, content: "hi", clientId: "c1" });
    for (const ear of [annEar, second, bobEar]) {
      assert.deepEqual(await ear.next("receive_message"), message);
    }
    assert.deepEqual(await bob.reads(roomId), [message]);
    const plain = await bobEar.says(roomId, "hi");
    assertMessage(plain, bob, { roomId, seq: 2, content: "hi" });
    for (const ear of [annEar, second, bobEar]) {
      assert.deepEqual(await ear.next("receive_message"), plain);
      await ear.hears();
    }
  });

  test("one who posts by REST is heard just so", async () => {
    const { ann, roomId, annEar, bobEar } = await hall.talking();
    for (const more of [{}, { clientId: "c1" }]) {
      const message = await ann.posts(roomId, "by REST", more);
      for (const ear of [annEar, bobEar]) {
        assert.deepEqual(await ear.next("receive_message"), message);
      }
    }
  });

  test("anybody signed in may send, becomes a member, and does not listen for that", async () => {
    const { ann, roomId, annEar } = await hall.talking();
    for (const person of [await hall.person("Passing"), await hall.guest()]) {
      const ear = await person.ear();
      const message = await ear.says(roomId, "just passing");
      assert.deepEqual(await annEar.next("receive_message"), message);
      assertMessage(message, person, { roomId, seq: message.seq, content: "just passing" });
      const { members } = await ann.get(`/${roomId}/members`);
      assert.ok(members.some(({ id }) => id === person.id));
      await annEar.says(roomId, "bye");
      await annEar.next("receive_message");
      await ear.hears();
    }
    await annEar.hears();
  });

  test("nobody hears what is said in another room", async () => {
    const { ann, bob, annEar, bobEar, roomId } = await hall.talking();
    const other = await ann.makes("Elsewhere");
    await annEar.joins(other._id);
    await annEar.says(other._id, "for me alone");
    await bob.posts(other._id, "from Bob");
    await annEar.hearsMessages(other._id, 2);
    await annEar.says(roomId, "for both");
    const heard = await bobEar.next("receive_message");
    assert.equal(heard.content, "for both");
    await bobEar.hears();
  });

  test("texts arrive as they are, and never as HTML", async () => {
    const { roomId, annEar, bobEar } = await hall.talking();
    for (const [text, arrives = text] of TEXTS) {
      const { content } = await annEar.says(roomId, text);
      assert.equal(content, arrives);
      assert.equal((await bobEar.next("receive_message")).content, arrives);
    }
  });

  test("what is no text is refused, takes no place, and the connection stays", async () => {
    const { roomId, annEar, bobEar } = await hall.talking();
    for (const [content, code] of NO_TEXTS) {
      await annEar.refused(code, "send_message", { roomId, content });
    }
    await annEar.refused("invalid_payload", "send_message", { roomId, content: null });
    await annEar.refused("invalid_payload", "send_message", { roomId });
    for (const clientId of ["", "x".repeat(65), true, {}, ["c"], "\ud800"]) {
      await annEar.refused("invalid_payload", "send_message", { roomId, content: "hi", clientId });
    }
    assert.equal((await annEar.says(roomId, "still here")).seq, 1);
    assert.equal((await bobEar.next("receive_message")).content, "still here");
  });

  test("who one is comes from the token, whatever a client says", async () => {
    const { ann, bob, roomId, annEar, bobEar } = await hall.talking();
    const content = "it is me";
    for (const userId of [bob.id, Number(bob.id), "nobody", ""]) {
      await annEar.refused("forbidden", "send_message", { roomId, content, userId });
    }
    const claims = {
      senderName: "Bob",
      sender: bob.id,
      senderImage: "https://example.org/bob.png",
      timestamp: "2020-01-01T00:00:00.000Z",
      seq: 12,
      _id: "mine",
    };
    for (const [at, userId] of [ann.id, Number(ann.id), null].entries()) {
      const message = await annEar.says(roomId, content, { ...claims, userId });
      assertMessage(message, ann, { roomId, seq: at + 1, content });
      assert.deepEqual(await bobEar.next("receive_message"), message);
    }
  });

  test("a key is a text of up to 64 characters, or a number", async () => {
    const { roomId, annEar } = await hall.talking();
    for (const clientId of ["é".repeat(64), 7, "7b"]) {
      const message = await annEar.says(roomId, "hi", { clientId });
      assert.equal(message.clientId, String(clientId));
    }
    const again = await annEar.says(roomId, "hi", { clientId: "7" });
    assert.equal(again.seq, 2, "a number is the text that it reads as");
    const without = await annEar.says(roomId, "hi", { clientId: null });
    assert.equal("clientId" in without, false);
  });

  test("a socket's messages are stored in the order in which they were sent", async () => {
    const { roomId, annEar, bobEar } = await hall.talking();
    const count = 100;
    const answers = Array.from({ length: count }, (_, n) => annEar.says(roomId, `${n}`));
    const messages = await Promise.all(answers);
    assert.deepEqual(messages.map(({ content }) => content), messages.map((_, n) => `${n}`));
    assertSeqs(messages, 1, count);
    for (const ear of [annEar, bobEar]) {
      assert.deepEqual(await ear.hearsMessages(roomId, count), messages);
    }
  });

  test("messages that were sent before leaving are heard by those who stay", async () => {
    const { roomId, annEar, bobEar } = await hall.talking();
    for (let n = 0; n < 10; n += 1) bobEar.tell("send_message", { roomId, content: `${n}` });
    bobEar.tell("leave_room", roomId);
    const contents = (await annEar.hearsMessages(roomId, 10)).map(({ content }) => content);
    assert.deepEqual(contents, Array.from({ length: 10 }, (_, n) => `${n}`));
  });
}

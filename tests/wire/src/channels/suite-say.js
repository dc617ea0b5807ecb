/**
 * Messages that are shown before they are stored, and what becomes of them.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import { until } from "../wait.js";
import { FAMILIES, hearsJust, said } from "./house.js";

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** @param {import("./house.js").House} house */
export function suiteSay(house) {
  for (const family of Object.values(FAMILIES)) {
    test(`${family.say}: the callback, then the sender's, the others', and the end`, async () => {
      const [ann, bob] = [await house.person("Ann"), await house.person("Bob")];
      const id = await house.makes(ann);
      const [one, two] = [await ann.ear(), await bob.ear()];
      for (const ear of [one, two]) await ear.succeed(family.join, { [family.place]: id });
      await one.next("user_joined");
      one.log.length = one.all.length = 0;
      const line = { [family.place]: id, body: " <b>é\r\n\ttea</b>", tempId: "my key" };
      const answer = await one.succeed(family.say, line);
      assert.deepEqual(answer, { success: true, tempId: "my key" });
      const [sent, confirmed] = await hearsJust(one, family.sent, family.confirmed);
      const order = one.all.map(({ name }) => name).filter((name) => !/^conversation_/.test(name));
      assert.deepEqual(order.slice(0, 3), ["ack", family.sent, family.confirmed]);
      const [shown, end] = await hearsJust(two, family.received, family.confirmed);
      const { _id, createdAt, ...rest } = sent;
      assert.match(createdAt, TIME);
      assert.deepEqual(rest, {
        tempId: "my key",
        isOptimistic: true,
        [family.place]: id,
        sender: ann.user,
        body: " <b>é\n\ttea</b>",
        clientId: "my key",
      });
      assert.deepEqual(shown, { ...sent, tempId: confirmed._id });
      assert.equal(_id, `temp_${confirmed._id}`);
      assert.deepEqual(confirmed, {
        tempId: "my key",
        _id: confirmed._id,
        [family.place]: id,
        seq: 1,
        senderId: ann.id,
        createdAt,
      });
      assert.deepEqual(end, { ...confirmed, tempId: confirmed._id });
      // It is in the history as it was confirmed.
      const [stored] = await house.reads(bob, id);
      assert.deepEqual([stored._id, stored.seq, stored.body], [confirmed._id, 1, rest.body]);
    });

    test(`${family.say}: arguments, and who does not listen`, async () => {
      const ann = await house.person("Ann");
      const id = await house.makes(ann);
      const [one, two] = [await ann.ear(), await ann.ear()];
      await one.succeed(family.join, id);
      const { say, place } = family;
      await two.refused("not_in_room", say, { [place]: id, body: "x" });
      await two.refused("not_in_room", say, { [place]: "channel_nowhere", body: "x" });
      for (const body of [undefined, null, 7, "", " \n", "\u0000", ["x"]]) {
        await one.refused("invalid_payload", say, { [place]: id, body });
      }
      await one.refused("too_large", say, { [place]: id, body: "x".repeat(4_001) });
      await one.refused("invalid_payload", say, { [place]: id, body: "x", tempId: "k".repeat(65) });
      await one.refused("forbidden", say, { [place]: id, body: "x", userId: "0" });
      await one.refused("invalid_payload", say, id);
      await one.refused("invalid_payload", say);
      await hearsJust(one);
      one.tell(say, { [place]: "channel_nowhere", body: "x", tempId: "t" });
      const [failure] = await hearsJust(one, "chat_error");
      assert.equal(failure.error.code, "not_in_room");
      assert.deepEqual([failure.event, failure.clientId, failure[place]], [say, "t", "channel_nowhere"]);
      // The longest; a number is a key as well, and comes back as text.
      const long = "🦀".repeat(4_000);
      assert.equal((await one.succeed(say, { [place]: id, body: long, tempId: 12 })).tempId, "12");
      const [sent] = await hearsJust(one, family.sent, family.confirmed);
      assert.equal(sent.body, long);
    });
  }

  test("the same key again: told to its sender alone, and stored once", async () => {
    const [ann, bob] = [await house.person("Ann"), await house.person("Bob")];
    const channelId = await house.makes(ann);
    const [one, two] = [await ann.ear(), await bob.ear()];
    for (const ear of [one, two]) await ear.succeed("joinChannel", channelId);
    const line = { channelId, body: "once", tempId: "k" };
    const answers = await Promise.all([1, 2, 3].map(() => one.succeed("NEW_MESSAGE", line)));
    assert.deepEqual(answers, Array(3).fill({ success: true, tempId: "k" }));
    await one.refused("conflict", "NEW_MESSAGE", { ...line, body: "twice" });
    const [, confirmed] = await hearsJust(two, "NEW_MESSAGE_RECEIVED", "channelMessageConfirmed");
    // How many confirmations depends on when the first was stored; they are all the same.
    await one.status();
    const ends = said(one).filter(({ name }) => name === "channelMessageConfirmed");
    assert.ok(ends.length >= 1 && ends.length <= 3);
    for (const { payload } of ends) {
      assert.deepEqual(payload, { ...confirmed, tempId: "k" });
    }
    assert.equal(said(one).filter(({ name }) => name === "channelMessageSent").length, 3);
    one.log.length = 0;
    // Known: also from another device, over HTTP, and by another's key of the same name.
    const phone = await ann.ear();
    await phone.succeed("joinRoom", channelId);
    await phone.succeed("roomMessage", { ...line });
    const [, end] = await hearsJust(phone, "roomMessageSent", "roomMessageConfirmed");
    assert.deepEqual([end._id, end.seq], [confirmed._id, 1]);
    assert.equal((await house.posts(ann, channelId, "once", { clientId: "k" }))._id, confirmed._id);
    await hearsJust(two);
    await two.succeed("NEW_MESSAGE", { ...line, body: "mine" });
    const [, other] = await hearsJust(two, "channelMessageSent", "channelMessageConfirmed");
    assert.deepEqual([other.seq, other.senderId], [2, bob.id]);
    assert.equal((await house.reads(bob, channelId)).length, 2);
  });

  test("many senders: one order for all, that in which they were shown", async () => {
    const SENDERS = 4;
    const EACH = 25;
    const people = await house.people(SENDERS);
    const channelId = await house.makes(people[0]);
    const ears = [];
    for (const [at, person] of people.entries()) {
      const ear = await person.ear({ transports: [at % 2 ? "polling" : "websocket"] });
      await ear.succeed(at % 2 ? "joinRoom" : "joinChannel", channelId);
      ears.push(ear);
    }
    const sends = ears.flatMap((ear, at) =>
      Array.from({ length: EACH }, (_, n) =>
        ear.succeed("NEW_MESSAGE", { channelId, body: `${at}/${n}`, tempId: `${n}` }),
      ),
    );
    await Promise.all(sends);
    const total = SENDERS * EACH;
    const orders = [];
    for (const [at, ear] of ears.entries()) {
      const family = at % 2 ? FAMILIES.joinRoom : FAMILIES.joinChannel;
      const of = (...names) => said(ear).filter(({ name }) => names.includes(name));
      await until(`the ends for ${ear.id}`, () => of(family.confirmed).length >= total);
      const ends = of(family.confirmed).map(({ payload }) => payload);
      assert.deepEqual(ends.map(({ seq }) => seq), Array.from({ length: total }, (_, n) => n + 1));
      const shown = of("channelMessageSent", family.received).map(({ payload }) => payload._id);
      assert.deepEqual(shown, ends.map(({ _id }) => `temp_${_id}`), "shown in the order of seq");
      orders.push(ends.map(({ _id }) => _id));
      assert.equal(of(family.failed).length, 0);
    }
    for (const order of orders) assert.deepEqual(order, orders[0]);
    const stored = await house.reads(people[0], channelId);
    assert.deepEqual(stored.map(({ _id }) => _id), orders[0]);
  });

  test("sync brings what was missed, and listens from there on", async () => {
    const [ann, bob] = [await house.person("Ann"), await house.person("Bob")];
    const channelId = await house.makes(ann);
    const [one, two] = [await ann.ear(), await bob.ear()];
    for (const ear of [one, two]) await ear.succeed("joinChannel", channelId);
    const say = (n) => one.succeed("NEW_MESSAGE", { channelId, body: `${n}`, tempId: `${n}` });
    await say(1);
    await hearsJust(two, "NEW_MESSAGE_RECEIVED", "channelMessageConfirmed");
    two.leave();
    for (const n of [2, 3]) await say(n);
    const back = await bob.ear();
    const forms = { [channelId]: "channels" };
    const { conversations } = await back.succeed("sync", { cursors: { [channelId]: 1 }, forms });
    const [{ messages, hasMore }] = conversations;
    await say(4);
    assert.equal(hasMore, false);
    // What was not stored yet when it was read is heard.
    const ends = () => said(back).filter(({ name }) => name === "channelMessageConfirmed");
    await until("the last message", () => ends().some(({ payload }) => payload.seq === 4));
    const seqs = [...messages.map(({ seq }) => seq), ...ends().map(({ payload }) => payload.seq)];
    assert.deepEqual(seqs, [2, 3, 4]);
    for (const message of messages) {
      assert.deepEqual([message.isOptimistic, message.channelId], [false, channelId]);
      assert.deepEqual(message.sender, ann.user);
    }
  });
}

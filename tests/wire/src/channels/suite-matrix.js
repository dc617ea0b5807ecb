/**
 * Dialects meet: whoever sends in whichever dialect, or over HTTP, is heard in all.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import { FAMILIES, hearsJust } from "./house.js";

/** Who listens: what is emitted for it, and what is heard of a message: shown at once, or stored. */
const LISTENERS = {
  rooms: { emit: (ear, id) => ear.succeed("join_room", id) },
  direct: { emit: (ear, id) => ear.succeed("join_conversation", id) },
  joinRoom: { emit: (ear, id) => ear.succeed("joinRoom", id) },
  joinChannel: { emit: (ear, id) => ear.succeed("joinChannel", id) },
};

/** What a socket in one of the families of channels hears of a message. */
async function heardInFamily(ear, family, isOptimistic, expected) {
  const [shown, end] = await hearsJust(ear, family.received, family.confirmed);
  assert.deepEqual(
    [shown.isOptimistic, shown.body, shown[family.place], shown.sender.id],
    [isOptimistic, expected.text, expected.id, expected.sender.id],
  );
  assert.deepEqual([end.tempId, end._id, end.seq], [shown.tempId, shown.tempId, expected.seq]);
  assert.equal(shown._id, isOptimistic ? `temp_${end._id}` : end._id);
  return end._id;
}

/** What each listener hears; the message's id. */
const HEARD = {
  async rooms(ear, _, { text, id, sender, seq }) {
    const [message] = await hearsJust(ear, "receive_message");
    assert.deepEqual(
      [message.content, message.roomId, message.sender, message.seq],
      [text, id, sender.id, seq],
    );
    return message._id;
  },
  async direct(ear, _, { text, id, sender, seq }) {
    const [{ message, conversationId }] = await hearsJust(ear, "new_message");
    assert.deepEqual(
      [message.message_text, conversationId, message.sender_id, message.seq],
      [text, id, sender.id, seq],
    );
    return message.message_id;
  },
  joinRoom: (ear, isShown, expected) => heardInFamily(ear, FAMILIES.joinRoom, isShown, expected),
  joinChannel: (ear, isShown, expected) => heardInFamily(ear, FAMILIES.joinChannel, isShown, expected),
};

/** How a message is sent. `isShown`: before it is stored. */
const SENDERS = {
  rooms: {
    isShown: false,
    send: (ear, roomId, content) => ear.succeed("send_message", { roomId, content }),
  },
  direct: {
    isShown: false,
    send: (ear, conversationId, messageText) =>
      ear.succeed("send_message", { conversationId, messageText }),
  },
  roomMessage: {
    isShown: true,
    async send(ear, roomId, body) {
      await ear.succeed("joinRoom", roomId);
      await ear.succeed("roomMessage", { roomId, body, tempId: body });
    },
  },
  NEW_MESSAGE: {
    isShown: true,
    async send(ear, channelId, body) {
      await ear.succeed("joinChannel", channelId);
      await ear.succeed("NEW_MESSAGE", { channelId, body, tempId: body });
    },
  },
};

/** Kinds of conversations: how one is made, who sends there, who listens, and how REST does. */
const KINDS = {
  "a room": {
    make: async (_, ann) => (await ann.makes())._id,
    senders: ["rooms", "roomMessage", "NEW_MESSAGE"],
    listeners: ["rooms", "joinRoom", "joinChannel"],
    posts: (_, bob, id, text) => bob.posts(id, text, { clientId: text }),
  },
  "a direct conversation": {
    make: async (_, ann, bob) => `conv_${ann.id}_${bob.id}`,
    senders: ["direct", "roomMessage", "NEW_MESSAGE"],
    listeners: ["direct", "joinRoom", "joinChannel"],
    posts: (house, bob, conversationId, messageText) =>
      house.rest.succeed(201, "POST", "/api/messages/send", {
        token: bob.token,
        json: { conversationId, messageText, clientId: messageText },
      }),
  },
  "a public channel": {
    make: (house, ann) => house.makes(ann),
    senders: ["roomMessage", "NEW_MESSAGE"],
    listeners: ["joinRoom", "joinChannel"],
    posts: (house, bob, id, text) => house.posts(bob, id, text, { clientId: text }),
  },
  "a private channel": {
    async make(house, ann, bob) {
      const id = await house.makes(ann, "private");
      const options = { token: ann.token, json: { userId: bob.id } };
      await house.rest.succeed(200, "POST", `/api/channels/${id}/members`, options);
      return id;
    },
    senders: ["roomMessage", "NEW_MESSAGE"],
    listeners: ["joinRoom", "joinChannel"],
    posts: (house, bob, id, text) => house.posts(bob, id, text, { clientId: text }),
  },
};

/** @param {import("./house.js").House} house */
export function suiteMatrix(house) {
  for (const [name, kind] of Object.entries(KINDS)) {
    test(`every sender and every listener of ${name}`, async () => {
      const [ann, bob] = [await house.person("Ann"), await house.person("Bob")];
      const id = await kind.make(house, ann, bob);
      /** @type {Record<string, import("../rooms/ear.js").Ear[]>} */
      const ears = {};
      for (const listener of kind.listeners) {
        ears[listener] = [];
        for (const way of ["websocket", "polling"]) {
          const ear = await ann.ear({ transports: [way] });
          await LISTENERS[listener].emit(ear, id);
          ears[listener].push(ear);
        }
      }
      let seq = 0;
      const isHeard = async (text, isShown) => {
        seq += 1;
        const ids = new Set();
        for (const listener of kind.listeners) {
          for (const ear of ears[listener]) {
            ids.add(await HEARD[listener](ear, isShown, { text, id, sender: bob, seq }));
          }
        }
        assert.equal(ids.size, 1, `one message for all: ${[...ids]}`);
      };
      for (const sender of kind.senders) {
        for (const way of ["websocket", "polling"]) {
          const { isShown, send } = SENDERS[sender];
          const ear = await bob.ear({ transports: [way] });
          const text = `${sender} over ${way}`;
          await send(ear, id, text);
          await isHeard(text, isShown);
        }
      }
      await kind.posts(house, bob, id, "over HTTP");
      await isHeard("over HTTP", false);
    });
  }

  test("a socket that joined in every way hears each message once in each", async () => {
    const [ann, bob] = [await house.person("Ann"), await house.person("Bob")];
    const room = (await ann.makes())._id;
    const ear = await ann.ear();
    for (const join of ["join_room", "joinRoom", "joinChannel"]) await ear.succeed(join, room);
    await bob.posts(room, "one");
    const shown = Object.values(FAMILIES).flatMap(({ received, confirmed }) => [received, confirmed]);
    await hearsJust(ear, "receive_message", ...shown);
    await ear.succeed("leaveRoom", room);
    await bob.posts(room, "two");
    await hearsJust(ear, "receive_message", ...shown.slice(2));
    await ear.succeed("leave_room", room);
    await bob.posts(room, "three");
    await hearsJust(ear, ...shown.slice(2));
    await ear.succeed("leaveChannel", room);
    await bob.posts(room, "four");
    await hearsJust(ear);
  });
}

/**
 * Who is in a channel, by HTTP and as the members' sockets hear of it: invitations, removals, leaving,
 * and a private channel that is there for its members alone.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";

import { QUICK } from "./src/rest.js";
import { Hall } from "./src/rooms/hall.js";
import { Server } from "./src/server.js";
import { until } from "./src/wait.js";

const CHANNELS = "/api/channels";
/** As long as a real one, and never given. */
const NOWHERE = `channel_${"A".repeat(20)}`;

const hall = new Hall(undefined);
before(async () => hall.open(await Server.start(QUICK)));
afterEach(() => hall.clear());
after(() => hall.server?.stop());

/** Calls below the channels' address, and has to get this status. */
const call = (person, status, method, path, json) =>
  hall.rest.succeed(status, method, CHANNELS + path, { token: person.token, json });

const refused = (person, code, method, path, json) =>
  hall.rest.refused(code, method, CHANNELS + path, { token: person.token, json });

/** A channel that somebody makes. */
async function makes(person, visibility, name = "Kitchen") {
  const { channel } = await call(person, 201, "POST", "", { name, visibility });
  return channel;
}

const invites = (by, channelId, whom) =>
  call(by, 200, "POST", `/${channelId}/members`, { userId: whom.id });

const removes = (by, channelId, whom) =>
  call(by, 200, "DELETE", `/${channelId}/members/${whom.id}`);

const posts = async (person, channelId, body) =>
  (await call(person, 201, "POST", `/${channelId}/messages`, { body })).message;

/** Ann owns a private channel, into which she has invited Bob; nobody has a socket. */
async function secret() {
  const [ann, bob] = [await hall.person("Ann"), await hall.person("Bob")];
  const channel = await makes(ann, "private");
  await invites(ann, channel._id, bob);
  return { ann, bob, channel, channelId: channel._id };
}

/** What a socket was told of a conversation: `[event, conversation]`, in order. */
const told = (ear, channelId) =>
  ear.inbox
    .filter(({ payload }) => payload.conversation._id === channelId)
    .map(({ name, payload }) => [name, payload.conversation]);

/** A channel of one's own is told of after whatever was told before: waits for that. */
async function markers(...people) {
  for (const [person, ear] of people) {
    const marker = await makes(person, "public", "Marker");
    await ear.added(marker._id);
  }
}

describe("an invitation", () => {
  test("is told to all sockets of the invited, whatever they listen to, and to nobody else", async () => {
    const [ann, bob] = [await hall.person("Ann"), await hall.person("Bob")];
    const cleo = await hall.person("Cleo");
    const channel = await makes(ann, "private");
    await posts(ann, channel._id, "before");
    const ears = [await bob.ear(), await bob.ear({ way: "polling" })];
    const [own, other] = [await ann.ear(), await cleo.ear()];
    const answer = await invites(ann, channel._id, bob);
    assert.deepEqual(answer, { success: true, member: bob.user });
    await invites(ann, channel._id, bob);
    for (const ear of ears) await ear.added(channel._id);
    await markers([bob, ears[0]], [bob, ears[1]], [ann, own], [cleo, other]);
    for (const ear of ears) {
      const news = told(ear, channel._id);
      assert.deepEqual(
        news.map(([name]) => name),
        ["conversation_added"],
        "once",
      );
      const [[, shown]] = news;
      const expected = { name: "Kitchen", visibility: "private", ownerId: ann.id, memberCount: 2 };
      for (const [field, value] of Object.entries({ ...expected, isMember: true, unreadCount: 0 })) {
        assert.equal(shown[field], value, field);
      }
      assert.equal(shown.lastMessage.body, "before");
    }
    assert.deepEqual(told(own, channel._id), []);
    assert.deepEqual(told(other, channel._id), []);
  });

  test("opens the channel: it is listed, read, joined and written in", async () => {
    const { ann, bob, channelId } = await secret();
    const first = await posts(ann, channelId, "one");
    const ear = await bob.ear();
    const { connectedUsers } = await ear.succeed("joinChannel", { channelId });
    assert.deepEqual(
      connectedUsers.map(({ userId }) => userId),
      [bob.id],
    );
    const { messages } = await call(bob, 200, "GET", `/${channelId}/messages`);
    assert.deepEqual(messages, [first]);
    const { channels } = await call(bob, 200, "GET", "?query=kitchen");
    assert.deepEqual([channels[0]._id, channels[0].unreadCount], [channelId, 1]);
    await posts(bob, channelId, "two");
    const { members } = await call(ann, 200, "GET", `/${channelId}/members`);
    assert.deepEqual(members, [ann.user, bob.user]);
  });

  test("is not made across a block, to guests, by strangers, or into a public channel", async () => {
    const { ann, bob, channelId } = await secret();
    const [cleo, guest] = [await hall.person("Cleo"), await hall.guest()];
    const block = (method) =>
      hall.rest.succeed(200, method, `/api/users/${bob.id}/block`, { token: cleo.token });
    await block("POST");
    const to = (whom) => ({ userId: whom });
    const path = `/${channelId}/members`;
    const blocked = await refused(bob, "not_found", "POST", path, to(cleo.id));
    const nobody = await refused(bob, "not_found", "POST", path, to("999999"));
    assert.deepEqual(blocked.body, nobody.body);
    await refused(ann, "forbidden", "POST", path, to(guest.id));
    await refused(cleo, "not_found", "POST", path, to(ann.id));
    const open = await makes(ann, "public");
    await refused(ann, "forbidden", "POST", `/${open._id}/members`, to(bob.id));
    await block("DELETE");
    assert.equal((await invites(bob, channelId, cleo)).member.id, cleo.id);
  });
});

describe("a removal", () => {
  test("ends the listening of all sockets at once, in every form, and is told to them", async () => {
    const { ann, bob, channelId } = await secret();
    const ears = [await bob.ear(), await bob.ear({ way: "polling" }), await bob.ear()];
    await ears[0].succeed("joinChannel", { channelId });
    await ears[0].succeed("joinRoom", { roomId: channelId });
    await ears[1].succeed("joinRoom", { roomId: channelId });
    const own = await ann.ear();
    await own.succeed("joinChannel", { channelId });
    await removes(ann, channelId, bob);
    for (const ear of ears) await ear.removed(channelId);
    const after = ears.map((ear) => ear.log.length);
    const news = { channelId, body: "among us", tempId: "t" };
    const { tempId } = await own.succeed("NEW_MESSAGE", news);
    assert.equal(tempId, "t");
    await until("the confirmation", () =>
      own.log.some(({ name, payload }) => /Confirmed$/.test(name) && payload.tempId === "t"),
    );
    await posts(ann, channelId, "and again");
    for (const [nth, ear] of ears.entries()) {
      const refusal = await ear.refused("not_in_room", "NEW_MESSAGE", { channelId, body: "x" });
      assert.equal(refusal.retryable, false);
      await ear.refused("not_found", "joinChannel", { channelId });
      await ear.refused("not_found", "joinRoom", channelId);
      assert.deepEqual(ear.log.slice(after[nth]), [], "nothing more is heard");
      const [name, shown] = told(ear, channelId).at(-1);
      assert.equal(name, "conversation_removed");
      const { _id, name: title, visibility, isMember, ...rest } = shown;
      assert.deepEqual([_id, title, visibility, isMember], [channelId, "Kitchen", "private", false]);
      const { memberCount, activeCount, unreadCount, ownerId, lastMessage } = rest;
      assert.deepEqual(
        { memberCount, activeCount, unreadCount, ownerId, lastMessage },
        { memberCount: 0, activeCount: 0, unreadCount: 0, ownerId: null, lastMessage: null },
        "what goes on in there is not shown",
      );
    }
    await refused(bob, "not_found", "POST", `/${channelId}/messages`, { body: "late" });
    await refused(bob, "not_found", "GET", `/${channelId}/messages`);
  });

  test("is the owner's; an owner who leaves is followed by the longest member", async () => {
    const { ann, bob, channelId } = await secret();
    const cleo = await hall.person("Cleo");
    await invites(bob, channelId, cleo);
    const path = `/${channelId}/members`;
    await refused(bob, "forbidden", "DELETE", `${path}/${cleo.id}`);
    await refused(await hall.person("Dan"), "not_found", "DELETE", `${path}/${cleo.id}`);
    await call(ann, 200, "DELETE", `/${channelId}/leave`);
    await refused(ann, "not_found", "DELETE", `${path}/${cleo.id}`);
    const { channels } = await call(bob, 200, "GET", "?query=kitchen");
    assert.equal(channels[0].ownerId, bob.id);
    await removes(bob, channelId, cleo);
    await removes(bob, channelId, cleo);
    const { members } = await call(bob, 200, "GET", path);
    assert.deepEqual(members, [bob.user]);
  });

  test("from a public channel can be undone by whoever was removed", async () => {
    const [ann, bob] = [await hall.person("Ann"), await hall.person("Bob")];
    const { _id: channelId } = await makes(ann, "public");
    const ear = await bob.ear();
    await ear.succeed("joinChannel", { channelId });
    await ear.added(channelId);
    await removes(ann, channelId, bob);
    await ear.removed(channelId);
    const [, shown] = told(ear, channelId).at(-1);
    assert.deepEqual([shown.isMember, shown.memberCount, shown.ownerId], [false, 1, ann.id]);
    await ear.refused("not_in_room", "NEW_MESSAGE", { channelId, body: "x" });
    await call(bob, 200, "POST", `/${channelId}/join`);
    await ear.succeed("joinChannel", { channelId });
    const message = await posts(ann, channelId, "welcome back");
    const heard = await ear.next("NEW_MESSAGE_RECEIVED");
    assert.deepEqual([heard._id, heard.isOptimistic], [message._id, false]);
  });
});

test("leaving and joining are told to one's other sockets, and messages to every member's", async () => {
  const [ann, bob] = [await hall.person("Ann"), await hall.person("Bob")];
  const { _id: channelId } = await makes(ann, "public");
  const ears = [await bob.ear(), await bob.ear()];
  await call(bob, 200, "POST", `/${channelId}/join`);
  for (const ear of ears) await ear.added(channelId);
  const message = await posts(ann, channelId, "hello");
  for (const ear of ears) {
    const shown = await ear.isTold(channelId, ({ unreadCount }) => unreadCount === 1);
    assert.deepEqual(shown.lastMessage, message);
  }
  await ears[0].succeed("mark_read", { channelId });
  await ears[1].isTold(channelId, ({ unreadCount }) => unreadCount === 0);
  await call(bob, 200, "DELETE", `/${channelId}/leave`);
  for (const ear of ears) await ear.removed(channelId);
});

test("to whoever is not in it, no event tells a private channel from one that never was", async () => {
  const { ann, bob, channelId } = await secret();
  await removes(ann, channelId, bob);
  const own = await ann.ear();
  await own.succeed("joinRoom", { roomId: channelId });
  const people = [await hall.person("Cleo"), await hall.guest(), bob];
  for (const person of people) {
    const ear = await person.ear();
    for (const [event, payload] of [
      ["joinRoom", (id) => ({ roomId: id })],
      ["joinRoom", (id) => id],
      ["joinChannel", (id) => ({ channelId: id })],
      ["leaveChannel", (id) => ({ channelId: id })],
      ["roomMessage", (id) => ({ roomId: id, body: "x", tempId: "t" })],
      ["NEW_MESSAGE", (id) => ({ channelId: id, body: "x" })],
      ["mark_read", (id) => ({ channelId: id })],
      ["mark_read", (id) => ({ conversationId: id, seq: 1 })],
      ["sync", (id) => ({ cursors: { [id]: 0 } })],
      ["sync", (id) => ({ cursors: { [id]: 0 }, forms: { [id]: "channels" } })],
      ["join_room", (id) => ({ roomId: id })],
      ["send_message", (id) => ({ roomId: id, content: "x" })],
      ["get_active_users", (id) => ({ roomId: id })],
      ["join_conversation", (id) => id],
      ["send_message", (id) => ({ conversationId: id, messageText: "x" })],
      ["typing", (id) => ({ conversationId: id })],
    ]) {
      const here = await ear.ask(event, payload(channelId));
      const there = await ear.ask(event, payload(NOWHERE));
      const blind = (answer) => JSON.parse(JSON.stringify(answer).replaceAll(channelId, NOWHERE));
      assert.deepEqual(blind(here), blind(there), `${person.name}: ${event}`);
      assert.ok(!JSON.stringify(here).includes("Kitchen"), `${person.name}: ${event}`);
    }
    assert.deepEqual(told(ear, channelId), [], person.name);
  }
  assert.deepEqual(own.log, [], "and nobody in it hears of them");
});

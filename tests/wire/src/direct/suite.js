/**
 * Direct conversations, by one way of being connected: which socket hears what, and who learns
 * nothing.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";

import { QUICK } from "../rest.js";
import { Server } from "../server.js";
import { until } from "../wait.js";
import { CONVERSATIONS, House, hears } from "./house.js";

const LIST = ["conversation_updated"];
const SENT = ["message_sent", ...LIST];
const NEW = ["new_message", ...LIST];
const READ = ["message_read"];

/** Messages that are sent at once, and moves of a mark. */
const MANY = 200;

/** How long somebody is online whose last socket has gone. */
const GRACE_MS = 300;

/** @param {keyof typeof import("../peer.js").WAYS} way */
export function directSuite(way) {
  describe(`direct conversations over ${way}`, () => {
    const house = new House(way);
    const settings = { ...QUICK, CONVERSATIONS_GRACE_MS: GRACE_MS };
    before(async () => house.open(await Server.start(settings)));
    afterEach(() => house.clear());
    after(() => house.server?.stop());
    whoHears(house);
    whatListsShow(house);
    whoLearnsNothing(house);
    whatTheyAre(house);
  });
}

/** @param {House} house */
function whoHears(house) {
  test("a message", async () => {
    const { ann, id, tabs } = await house.table();
    const { message } = await tabs[0].succeed("send_message", {
      conversationId: id,
      messageText: "one",
    });
    const heard = await hears(tabs, LIST, SENT, LIST, NEW, LIST, []);
    assert.deepEqual(heard[3][0], { message, conversationId: id });
    assert.deepEqual(heard[1][0], { message, conversationId: id });
    await tabs[2].succeed("send_message", { conversationId: id, messageText: "two" });
    await hears(tabs, SENT, SENT, LIST, NEW, LIST, []);
    const posted = await ann.posts(id, "three");
    const after = await hears(tabs, SENT, SENT, LIST, NEW, LIST, []);
    assert.deepEqual(after[0][0], posted);
    // The echo of the post, and what is sent again.
    const echo = await tabs[1].succeed("send_message", { conversationId: id, messageText: "three" });
    assert.deepEqual(echo.message, posted.message);
    await ann.posts(id, "four", { clientId: "k" });
    await hears(tabs, SENT, SENT, LIST, NEW, LIST, []);
    const again = { conversationId: id, messageText: "four", clientId: "k" };
    assert.equal((await tabs[0].succeed("send_message", again)).message.seq, 4);
    await tabs[2].refused("conflict", "send_message", { ...again, messageText: "five" });
    await hears(tabs, [], [], [], [], [], []);
  });

  test("whoever leaves, listens twice, or listens by sync", async () => {
    const { id, tabs } = await house.table();
    await tabs[3].succeed("leave_conversation", id);
    const say = (at, text) =>
      tabs[at].succeed("send_message", { conversationId: id, messageText: text });
    await say(0, "to nobody");
    await hears(tabs, LIST, SENT, LIST, LIST, LIST, []);
    const { conversations } = await tabs[4].succeed("sync", { cursors: { [id]: 0 } });
    assert.deepEqual(conversations[0].messages.map(({ seq }) => seq), [1]);
    await tabs[1].succeed("join_conversation", { conversationId: id });
    await say(0, "to one");
    await hears(tabs, LIST, SENT, LIST, LIST, NEW, []);
    await tabs[3].succeed("mark_read", { conversationId: id });
    await hears(tabs, READ, READ, [], LIST, LIST, []);
    await say(3, "by one that listens no more");
    await hears(tabs, NEW, NEW, LIST, LIST, SENT, []);
    await tabs[2].succeed("mark_read", { conversationId: id, seq: 3 });
    await hears(tabs, LIST, LIST, LIST, [], READ, []);
    await tabs[0].succeed("leave_conversation", { conversationId: id });
    await tabs[4].succeed("typing", { conversationId: id });
    await hears(tabs, [], ["typing"], [], [], [], []);
  });

  test("a read mark", async () => {
    const { ann, bob, id, tabs } = await house.table();
    for (const text of ["one", "two", "three"]) {
      await ann.posts(id, text);
      await hears(tabs, SENT, SENT, LIST, NEW, LIST, []);
    }
    const marks = (at, seq) => tabs[at].succeed("mark_read", { conversationId: id, seq });
    assert.equal((await marks(3, 1)).updated, true);
    const [[told]] = await hears(tabs, READ, READ, [], LIST, LIST, []);
    const { readAt, ...rest } = told;
    assert.deepEqual(rest, { conversationId: id, readerId: bob.id, lastReadSeq: 1 });
    assert.match(readAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const same = { success: true, updated: false, lastReadSeq: 1 };
    assert.deepEqual(await marks(4, 0), same);
    await hears(tabs, [], [], [], [], [], []);
    const moved = await bob.call(200, "PUT", `${CONVERSATIONS}/${id}/read`);
    assert.deepEqual(moved, { updated: true, lastReadSeq: 3 });
    await hears(tabs, READ, READ, [], LIST, LIST, []);
    const [shown] = await ann.lists();
    assert.deepEqual([shown.otherLastReadSeq, shown.last_message.is_read], [3, true]);
  });

  test("writing, until a message, a leave or the end of the socket", async () => {
    const { ann, id, tabs } = await house.table();
    const writes = (at) => tabs[at].succeed("typing", { conversationId: id });
    await writes(2);
    const heard = await hears(tabs, [], [], [], ["typing"], [], []);
    const who = { conversationId: id, userId: ann.id, userName: ann.user.username };
    assert.deepEqual(heard[3][0], who);
    await tabs[2].succeed("stop_typing", { conversationId: id });
    await hears(tabs, [], [], [], ["stop_typing"], [], []);
    await writes(3);
    await hears(tabs, ["typing"], ["typing"], [], [], [], []);
    await tabs[3].succeed("send_message", { conversationId: id, messageText: "done" });
    const ended = ["stop_typing", ...NEW];
    await hears(tabs, ended, ended, LIST, LIST, LIST, []);
    await writes(3);
    await hears(tabs, ["typing"], ["typing"], [], [], [], []);
    tabs[3].leave();
    for (const tab of tabs.slice(0, 2)) await tab.gets("stop_typing");
  });

  test("coming and going; a reload is not told", async () => {
    const { bob, id, tabs } = await house.table();
    for (const at of [3, 4]) tabs[at].leave();
    const back = await bob.tab(id);
    await hears(tabs.slice(0, 3), [], [], []);
    back.leave();
    for (const tab of tabs.slice(0, 3)) {
      const [{ lastSeenAt, ...rest }] = await tab.gets("user_offline");
      assert.deepEqual(rest, { userId: bob.id, conversationId: id });
      assert.match(lastSeenAt, /Z$/);
    }
    await bob.tab();
    for (const tab of tabs.slice(0, 3)) {
      assert.deepEqual(await tab.gets("user_online"), [{ userId: bob.id, conversationId: id }]);
    }
    await tabs[5].getsNothing();
  });
}

/** Every event, about this conversation. */
const events = (conversationId) => [
  ["join_conversation", conversationId],
  ["join_conversation", { conversationId }],
  ["leave_conversation", conversationId],
  ["send_message", { conversationId, messageText: "hello" }],
  ["typing", { conversationId }],
  ["stop_typing", { conversationId }],
  ["mark_read", { conversationId }],
  ["mark_read", conversationId],
];

/** Every route, about this conversation. */
const routes = (conversationId) => [
  ["POST", "/api/messages/send", { conversationId, messageText: "hello" }],
  ["GET", `${CONVERSATIONS}/${conversationId}`],
  ["GET", `${CONVERSATIONS}/${conversationId}?after=0`],
  ["PUT", `${CONVERSATIONS}/${conversationId}/read`],
];

/** All answers, headers included but for when they were given. */
async function answers(house, person, tab, id) {
  const all = [];
  for (const [event, argument] of events(id)) all.push(await tab.ask(event, argument));
  for (const [method, path, json] of routes(id)) {
    const answer = await house.rest.call(method, path, { token: person.token, json });
    delete answer.headers.date;
    all.push(answer);
  }
  const synced = await tab.succeed("sync", { cursors: { [id]: 0 } });
  all.push(synced.conversations[0].error);
  return all;
}

/** @param {House} house */
function whatListsShow(house) {
  test("each of many messages at once, and each move of a mark, to every list", async () => {
    const { ann, bob, id } = await house.two();
    const [anns, bobs] = [[await ann.tab(), await ann.tab()], [await bob.tab(id), await bob.tab()]];
    const at = Array.from({ length: MANY }, (_, n) => n + 1);
    const listsOf = (tab) =>
      tab.heardSoFar.flatMap(({ name, payload }) => (name === LIST[0] ? [payload.conversation] : []));
    const say = (n) =>
      anns[0].succeed("send_message", { conversationId: id, messageText: `${n}` });
    await Promise.all(at.map(say));
    for (const tab of [...anns, ...bobs]) {
      await until("the last message", () => listsOf(tab).at(-1)?.last_message.seq === MANY);
      const shown = listsOf(tab);
      const seqs = shown.map(({ last_message: { seq } }) => seq);
      assert.deepEqual([...new Set(seqs)], at);
      const unread = seqs.map((seq) => (bobs.includes(tab) ? seq : 0));
      assert.deepEqual(shown.map((each) => each.unread_count), unread);
      await tab.status();
      tab.heardSoFar.length = 0;
    }
    const read = (seq) => bobs[0].succeed("mark_read", { conversationId: id, seq });
    const answers = await Promise.all(at.map(read));
    assert.deepEqual(answers.map(({ lastReadSeq }) => lastReadSeq), at);
    for (const tab of bobs) {
      const marks = (await tab.gets(...at.map(() => LIST[0]))).map(({ conversation }) => conversation);
      assert.deepEqual(marks.map((each) => each.unread_count + each.lastReadSeq), at.map(() => MANY));
      const seqs = marks.map(({ lastReadSeq }) => lastReadSeq);
      assert.deepEqual(seqs, seqs.toSorted((one, other) => one - other));
      assert.equal(seqs.at(-1), MANY);
    }
    for (const tab of [...anns, ...bobs]) await tab.getsNothing();
  });
}

/** @param {House} house */
function whoLearnsNothing(house) {
  test("somebody else, and whoever is blocked, as of an id out of nowhere", async () => {
    const { ann, bob, id, eve, tabs } = await house.table();
    await ann.posts(id, "between us");
    await hears(tabs, SENT, SENT, LIST, NEW, LIST, []);
    const nowhere = await answers(house, eve, tabs[5], `conv_${eve.id}_99999`);
    assert.equal(nowhere[0].error.code, "not_found");
    assert.equal(nowhere.at(-2).status, 404);
    const foreign = [id, `conv_${bob.id}_${ann.id}`, "conv_99998_99999", `conv_${ann.id}_99999`];
    for (const other of foreign) {
      assert.deepEqual(await answers(house, eve, tabs[5], other), nowhere, other);
    }
    await ann.blocks(bob);
    assert.deepEqual(await answers(house, bob, tabs[3], id), nowhere);
    assert.deepEqual(await bob.lists(), []);
    await tabs[0].succeed("typing", { conversationId: id });
    await hears(tabs, [], [], [], [], [], []);
    await ann.blocks(bob, "DELETE");
    await bob.posts(id, "back");
    await hears(tabs, NEW, NEW, LIST, LIST, LIST, []);
  });

  test("guests, strangers, and oneself", async () => {
    const { ann, id } = await house.two();
    const guest = await house.guest();
    const [own, guests] = [await ann.tab(), await guest.tab()];
    for (const [event, argument] of events(id)) await guests.refused("forbidden", event, argument);
    for (const [event, argument] of events(`conv_${ann.id}_${ann.id}`)) {
      await own.refused("invalid_payload", event, argument);
    }
    const refused = (code, person, userId) =>
      house.rest.refused(code, "POST", CONVERSATIONS, { token: person.token, json: { userId } });
    await refused("invalid_payload", ann, ann.id);
    await refused("forbidden", guest, ann.id);
    await refused("forbidden", ann, guest.id);
    await refused("not_found", ann, "99999");
  });
}

/** @param {House} house */
function whatTheyAre(house) {
  test("an empty one is there for both, and listed for whoever opened it", async () => {
    const { ann, bob, id } = await house.two();
    assert.deepEqual(await bob.opens(ann), { conversationId: id });
    assert.deepEqual((await bob.lists())[0], {
      conversation_id: id,
      other_user: ann.user,
      is_online: false,
      last_message: null,
      unread_count: 0,
      lastReadSeq: 0,
      otherLastReadSeq: 0,
      updated_at: (await bob.lists())[0].updated_at,
    });
    assert.deepEqual(await ann.lists(), []);
    const tab = await ann.tab();
    const joined = await tab.succeed("join_conversation", { conversationId: id });
    const { success, ...rest } = joined;
    assert.deepEqual(rest, { isOnline: false, lastReadSeq: 0, otherLastReadSeq: 0 });
    assert.equal(success, true);
  });

  test("whoever was away is whole again after a sync", async () => {
    const { ann, bob, id } = await house.two();
    for (let n = 1; n <= 600; n += 1) await ann.posts(id, `${n}`);
    const tab = await bob.tab();
    let cursor = 0;
    const texts = [];
    for (let hasMore = true; hasMore; ) {
      const answer = await tab.succeed("sync", { cursors: { [id]: cursor } });
      const [caught] = answer.conversations;
      texts.push(...caught.messages.map(({ message_text: text }) => Number(text)));
      ({ hasMore, lastSeq: cursor } = caught);
      assert.deepEqual([caught.lastReadSeq, caught.otherLastReadSeq], [0, 0]);
    }
    assert.deepEqual(texts, Array.from({ length: 600 }, (_, n) => n + 1));
    const { message } = await ann.posts(id, "live");
    const [heard] = await tab.gets("new_message", ...LIST);
    assert.deepEqual(heard.message, message);
  });
}

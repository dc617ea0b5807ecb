/**
 * Messages of a public room over REST: posting them, and reading them page by page.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";

import { QUICK } from "./src/rest.js";
import { Hall } from "./src/rooms/hall.js";
import { assertMessage, assertSeqs } from "./src/rooms/shapes.js";
import { Server } from "./src/server.js";
import { NO_TEXTS, TEXTS } from "./src/texts.js";

/** Messages in the long room: not a multiple of a page. */
const COUNT = 257;

const hall = new Hall(undefined);
before(async () => hall.open(await Server.start(QUICK)));
afterEach(() => hall.clear());
after(() => hall.server?.stop());

describe("posting", () => {
  test("stores, and answers with what is stored", async () => {
    const ann = await hall.person("Ann");
    const { _id: roomId } = await ann.makes();
    const first = await ann.posts(roomId, "hi");
    assertMessage(first, ann, { roomId, seq: 1, content: "hi" });
    const second = await ann.posts(roomId, "hi", { clientId: "c1" });
    assertMessage(second, ann, { roomId, seq: 2, content: "hi", clientId: "c1" });
    assert.ok(second._id > first._id, "ids are in the order of time");
    const { messages, hasMore, ...rest } = await ann.get(`/${roomId}/messages`);
    assert.deepEqual(messages, [first, second]);
    assert.deepEqual({ hasMore, ...rest }, { hasMore: false });
  });

  test("texts are kept as they are, and never as HTML", async () => {
    const ann = await hall.person();
    const { _id: roomId } = await ann.makes();
    for (const [text, arrives = text] of TEXTS) {
      assert.equal((await ann.posts(roomId, text)).content, arrives);
    }
    const kept = (await ann.reads(roomId)).map(({ content }) => content);
    assert.deepEqual(kept, TEXTS.map(([text, arrives = text]) => arrives));
  });

  test("what is no text is refused, and takes no place", async () => {
    const ann = await hall.person();
    const { _id: roomId } = await ann.makes();
    const path = `/${roomId}/messages`;
    for (const [content, code] of NO_TEXTS) await ann.refused(code, "POST", path, { content });
    for (const json of [{}, { content: null }, { text: "hi" }, [], "hi", 7, null]) {
      await ann.refused("invalid_payload", "POST", path, json);
    }
    for (const clientId of ["", "x".repeat(65), true, {}, ["c"], "\ud800"]) {
      await ann.refused("invalid_payload", "POST", path, { content: "hi", clientId });
    }
    await ann.refused("too_large", "POST", path, { content: "x".repeat(70_000) });
    assert.equal((await ann.posts(roomId, "hi")).seq, 1);
  });

  test("who one is comes from the token, whatever the body says", async () => {
    const ann = await hall.person("Ann", { displayName: "Ann Lee" });
    const bob = await hall.person("Bob");
    const { _id: roomId } = await ann.makes();
    const path = `/${roomId}/messages`;
    await ann.refused("forbidden", "POST", path, { content: "forged", userId: bob.id });
    const claims = {
      senderName: "Bob",
      sender: bob.id,
      senderImage: "https://example.org/b.png",
      timestamp: "2020-01-01T00:00:00.000Z",
      seq: 900,
      _id: "mine",
      clientId: null,
    };
    for (const [at, userId] of [ann.id, Number(ann.id), null].entries()) {
      const message = await ann.posts(roomId, "hi", { ...claims, userId });
      assertMessage(message, ann, { roomId, seq: at + 1, content: "hi" });
    }
  });

  test("a message carries its sender's name and picture", async () => {
    const ann = await hall.person("Ann");
    const { _id: roomId } = await ann.makes();
    const json = { displayName: "Queen Ann", avatarUrl: "https://example.org/ann.png" };
    await hall.rest.succeed(200, "PATCH", "/api/auth/me", { token: ann.token, json });
    const message = await ann.posts(roomId, "we are amused");
    assert.equal(message.senderName, "Queen Ann");
    assert.equal(message.senderImage, "https://example.org/ann.png");
    const [read] = await ann.reads(roomId);
    assert.deepEqual(read, message);
  });

  test("places are given without a gap, however many post at once", async () => {
    const people = await hall.people(10);
    const { _id: roomId } = await people[0].makes();
    const posts = people.flatMap((person, at) =>
      Array.from({ length: 8 }, (_, n) => person.posts(roomId, `${at}.${n}`)),
    );
    const answers = await Promise.all(posts);
    const messages = await people[0].reads(roomId);
    assertSeqs(messages, 1, 80);
    assert.deepEqual(answers.sort((a, b) => a.seq - b.seq), messages);
  });
});

describe("reading", () => {
  /** @type {import("./src/rooms/hall.js").Person} */
  let ann;
  let roomId;
  before(async () => {
    ann = await hall.person();
    roomId = (await ann.makes())._id;
    await Promise.all(Array.from({ length: COUNT }, (_, n) => ann.posts(roomId, `${n}`)));
  });

  /** A page holds exactly the messages from one place to another. */
  async function page(query, first, last, hasMore) {
    const answer = await ann.get(`/${roomId}/messages${query && `?${query}`}`);
    assert.deepEqual(Object.keys(answer).sort(), ["hasMore", "messages"]);
    assertSeqs(answer.messages, first, last, query);
    assert.equal(answer.hasMore, hasMore, query);
    return answer.messages;
  }

  test("without a cursor the newest page, oldest first", async () => {
    await page("", COUNT - 49, COUNT, true);
    await page("limit=1", COUNT, COUNT, true);
    await page("limit=100", COUNT - 99, COUNT, true);
  });

  test("before a place", async () => {
    await page("before=100", 50, 99, true);
    await page("before=51&limit=50", 1, 50, false);
    await page("before=52&limit=50", 2, 51, true);
    await page("before=2", 1, 1, false);
    await page("before=1", 1, 0, false);
    await page(`before=${COUNT + 1}`, COUNT - 49, COUNT, true);
    await page("before=1000000&limit=7", COUNT - 6, COUNT, true);
  });

  test("after a place", async () => {
    await page("after=0", 1, 50, true);
    await page("after=100&limit=100", 101, 200, true);
    await page(`after=${COUNT - 50}&limit=50`, COUNT - 49, COUNT, false);
    await page(`after=${COUNT - 51}&limit=50`, COUNT - 50, COUNT - 1, true);
    await page(`after=${COUNT - 1}`, COUNT, COUNT, false);
    await page(`after=${COUNT}`, 1, 0, false);
    await page("after=1000000", 1, 0, false);
  });

  test("page by page, both ways, it is the whole", async () => {
    const back = [];
    for (let hasMore = true, before = COUNT + 1; hasMore; before = back[0].seq) {
      const answer = await ann.get(`/${roomId}/messages?before=${before}&limit=33`);
      back.unshift(...answer.messages);
      ({ hasMore } = answer);
    }
    assertSeqs(back, 1, COUNT);
    const forth = [];
    for (let hasMore = true; hasMore; ) {
      const answer = await ann.get(`/${roomId}/messages?after=${forth.length}&limit=33`);
      forth.push(...answer.messages);
      ({ hasMore } = answer);
    }
    assert.deepEqual(forth, back);
    const contents = new Set(back.map(({ content }) => content));
    assert.equal(contents.size, COUNT, "each of them once");
  });

  test("any signed-in user may read, and is no member for that", async () => {
    const gus = await hall.guest();
    const { messages } = await gus.get(`/${roomId}/messages?after=250`);
    assertSeqs(messages, 251, COUNT);
    const { members } = await gus.get(`/${roomId}/members`);
    assert.deepEqual(members, [ann.user]);
  });

  test("an empty room has an empty page", async () => {
    const { _id } = await ann.makes();
    for (const query of ["", "?after=0", "?before=1", "?before=7"]) {
      const answer = await ann.get(`/${_id}/messages${query}`);
      assert.deepEqual(answer, { messages: [], hasMore: false });
    }
  });

  test("what is no place or limit is refused", async () => {
    const bad = [
      "before=5&after=2",
      "before=x",
      "after=x",
      "before=-1",
      "after=-1",
      "before=1.5",
      "after=1e3",
      "before=99999999999999999999",
      "limit=0",
      "limit=-1",
      "limit=101",
      "limit=ten",
      "limit=1.5",
    ];
    for (const query of bad) {
      await ann.refused("invalid_payload", "GET", `/${roomId}/messages?${query}`);
    }
  });
});

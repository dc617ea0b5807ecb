/**
 * The echo rule: a page that posts by REST and then emits the same is heard once. What needs a clock
 * (ten seconds) is tested where the clock is.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";

import { QUICK, Rest } from "./src/rest.js";
import { Ear } from "./src/rooms/ear.js";
import { Hall } from "./src/rooms/hall.js";
import { assertSeqs } from "./src/rooms/shapes.js";
import { Server } from "./src/server.js";

const hall = new Hall(undefined);
before(async () => hall.open(await Server.start(QUICK)));
afterEach(() => hall.clear());
after(() => hall.server?.stop());

/** Exactly these were stored, and both heard each of them once. */
async function assertHeard({ ann, roomId, annEar, bobEar }, contents) {
  const end = await ann.posts(roomId, "the end", { clientId: "the end" });
  const stored = await ann.reads(roomId);
  assert.deepEqual(stored.map(({ content }) => content), [...contents, "the end"]);
  for (const ear of [annEar, bobEar]) {
    const heard = await ear.hearsMessages(roomId, end.seq);
    await ear.heard();
    assert.deepEqual(heard, stored);
  }
}

/** What the seed's page emits. */
const emitted = (person, roomId, content) => ({
  roomId,
  userId: person.id,
  senderName: person.name,
  content,
  timestamp: new Date().toISOString(),
});

describe("is absorbed", () => {
  for (const way of /** @type {const} */ (["websocket", "polling"])) {
    test(`what the seed's page does, over ${way}`, async () => {
      const scene = await hall.talking();
      const { ann, roomId } = scene;
      const page = await ann.listener(roomId, { way });
      const message = await ann.posts(roomId, "Hello World");
      const answer = await page.succeed("send_message", emitted(ann, roomId, "Hello World"));
      assert.deepEqual(answer, { success: true, message });
      await assertHeard(scene, ["Hello World"]);
      assert.equal(page.messages(roomId).filter(({ _id }) => _id === message._id).length, 1);
    });
  }

  test("with either of the two marks, and without a callback", async () => {
    const scene = await hall.talking();
    const { ann, roomId, annEar } = scene;
    for (const mark of [{ userId: ann.id }, { userId: Number(ann.id) }, { senderName: "Eve" }]) {
      await ann.posts(roomId, "marked");
      annEar.tell("send_message", { roomId, content: "marked", ...mark });
      // Its place is taken before anything that comes later.
      await annEar.heard();
    }
    await assertHeard(scene, ["marked", "marked", "marked"]);
  });

  test("two equal posts are two messages, and absorb one each", async () => {
    const scene = await hall.talking();
    const { ann, roomId, annEar } = scene;
    const posted = [await ann.posts(roomId, "ha"), await ann.posts(roomId, "ha")];
    const answers = [
      await annEar.says(roomId, "ha", { userId: ann.id }),
      await annEar.says(roomId, "ha", { userId: ann.id }),
    ];
    const ids = (messages) => messages.map(({ _id }) => _id).sort();
    assert.deepEqual(ids(answers), ids(posted));
    const third = await annEar.says(roomId, "ha", { userId: ann.id });
    assert.equal(third.seq, 3, "a third is a message of its own");
    await assertHeard(scene, ["ha", "ha", "ha"]);
  });

  test("post, emit, post, emit: the same twice is said twice", async () => {
    const scene = await hall.talking();
    const { ann, roomId, annEar } = scene;
    for (let n = 0; n < 2; n += 1) {
      const message = await ann.posts(roomId, "again");
      assert.deepEqual(await annEar.says(roomId, "again", { userId: ann.id }), message);
    }
    await assertHeard(scene, ["again", "again"]);
  });

  test("through another socket of the same user", async () => {
    const scene = await hall.talking();
    const { ann, roomId } = scene;
    const message = await ann.posts(roomId, "from the other tab");
    const tab = await ann.ear({ way: "polling" });
    const content = "from the other tab";
    assert.deepEqual(await tab.says(roomId, content, { senderName: ann.name }), message);
    await assertHeard(scene, [content]);
  });

  test("with line ends that are written otherwise, as they are stored", async () => {
    const scene = await hall.talking();
    const { ann, roomId, annEar } = scene;
    const message = await ann.posts(roomId, "one\r\ntwo");
    const answer = await annEar.says(roomId, "one\r\ntwo", { userId: ann.id });
    assert.deepEqual(answer, message);
    await assertHeard(scene, ["one\ntwo"]);
  });

  test("what was emitted while the socket was offline", async () => {
    const scene = await hall.talking();
    const { ann, roomId } = scene;
    const page = await ann.listener(roomId);
    page.leave();
    const message = await ann.posts(roomId, "into the tunnel");
    const answer = page.ask("send_message", emitted(ann, roomId, "into the tunnel"));
    page.socket.connect();
    assert.deepEqual(await answer, { success: true, message });
    await assertHeard(scene, ["into the tunnel"]);
  });

  test("what is emitted after the server was started again", async () => {
    const first = await Server.start(QUICK);
    const room = new Hall(first);
    const ann = await room.person();
    const { _id: roomId } = await ann.makes();
    const message = await ann.posts(roomId, "before the restart");
    await first.end();
    const second = await Server.start(QUICK, { directory: first.directory });
    room.open(second);
    try {
      const ear = await ann.ear();
      const answer = await ear.says(roomId, "before the restart", { userId: ann.id });
      assert.deepEqual(answer, message);
      assertSeqs(await ann.reads(roomId), 1, 1);
    } finally {
      await room.clear();
      await second.stop();
    }
  });
});

describe("is a message of its own", () => {
  /** Ann posts "hi" with `post`, and `emit` must be stored beside it. */
  async function stands(post, emit, { by = "ann" } = {}) {
    const scene = await hall.talking();
    const { ann, bob, roomId } = scene;
    const first = await ann.posts(roomId, "hi", post);
    const who = { ann: [ann, scene.annEar], bob: [bob, scene.bobEar] }[by];
    const payload = { content: "hi", ...emit(who[0]) };
    const second = await who[1].says(roomId, payload.content, payload);
    assert.notEqual(second._id, first._id);
    assert.equal(second.seq, 2);
    await assertHeard(scene, ["hi", payload.content]);
  }

  test("what carries no mark", () => stands({}, () => ({})));
  test("what carries a mark that is null", () =>
    stands({}, () => ({ userId: null, senderName: null })));
  test("what carries a clientId", () =>
    stands({}, (ann) => ({ userId: ann.id, senderName: ann.name, clientId: "c1" })));
  test("what follows a post with a clientId", () =>
    stands({ clientId: "c1" }, (ann) => ({ userId: ann.id })));
  test("another text", () => stands({}, (ann) => ({ userId: ann.id, content: "hi!" })));
  test("another user's", () => stands({}, (bob) => ({ userId: bob.id }), { by: "bob" }));

  test("what goes to another room", async () => {
    const { ann, roomId, annEar } = await hall.talking();
    const other = await ann.makes("Other");
    await ann.posts(roomId, "hi");
    const message = await annEar.says(other._id, "hi", { userId: ann.id });
    assert.equal(message.roomId, other._id);
    assertSeqs(await ann.reads(other._id), 1, 1);
    const absorbed = await annEar.says(roomId, "hi", { userId: ann.id });
    assert.equal(absorbed.seq, 1, "the post still absorbs one in its own room");
  });

  test("what follows one that was absorbed", async () => {
    const scene = await hall.talking();
    const { ann, roomId, annEar } = scene;
    await ann.posts(roomId, "hi");
    // One that is not absorbed does not use the post up.
    await annEar.says(roomId, "hi");
    await annEar.says(roomId, "hi", { userId: ann.id, clientId: "c1" });
    assert.equal((await annEar.says(roomId, "hi", { userId: ann.id })).seq, 1);
    assert.equal((await annEar.says(roomId, "hi", { userId: ann.id })).seq, 4);
    await assertHeard(scene, ["hi", "hi", "hi", "hi"]);
  });

  test("another of the same user's posts absorbs none of those that were absorbed", async () => {
    const scene = await hall.talking();
    const { ann, bob, roomId, annEar, bobEar } = scene;
    await Promise.all([ann.posts(roomId, "race"), bob.posts(roomId, "race")]);
    const emits = [annEar, bobEar].flatMap((ear, at) =>
      Array.from({ length: 3 }, () => ear.says(roomId, "race", { userId: [ann, bob][at].id })),
    );
    const answers = await Promise.all(emits);
    assert.equal(new Set(answers.map(({ _id }) => _id)).size, 6);
    await assertHeard(scene, Array.from({ length: 6 }, () => "race"));
  });
});

test("a page of this server that signs in and calls io() with nothing is heard once", async () => {
  const { bob, roomId, bobEar } = await hall.talking();
  const rest = new Rest(hall.server);
  const { user } = await rest.register("Page");
  const origin = hall.server.url;
  const json = { username: "Page", password: "correct horse battery" };
  const { cookies } = await rest.call("POST", "/api/auth/login", { json, headers: { origin } });
  const headers = { origin, cookie: cookies[0].split(";")[0] };

  const page = new Ear(origin, { extraHeaders: headers });
  hall.ears.push(page);
  await page.connected();
  page.tell("join_room", { roomId, userId: user.id });
  await bobEar.next("user_joined");
  const path = `/api/chat/rooms/${roomId}/messages`;
  for (const content of ["Hello World", "Hello World", "Bye"]) {
    const body = { content };
    const { message } = await rest.succeed(200, "POST", path, { json: body, headers });
    page.tell("send_message", emitted({ id: user.id, name: "Page" }, roomId, content));
    assert.equal(message.content, content);
  }
  await page.heard();
  const end = await bobEar.says(roomId, "the end");
  assert.equal(end.seq, 4);
  for (const ear of [page, bobEar]) assertSeqs(await ear.hearsMessages(roomId, 4), 1, 4);
  assertSeqs(await bob.reads(roomId), 1, 4);
});

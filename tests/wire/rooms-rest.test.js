/**
 * Public rooms over REST: making, finding, joining and leaving them, and who is in them.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";

import { QUICK } from "./src/rest.js";
import { Hall } from "./src/rooms/hall.js";
import { assertMessage, assertRoom } from "./src/rooms/shapes.js";
import { Server } from "./src/server.js";
import { assertNow } from "./src/shapes.js";

const hall = new Hall(undefined);
before(async () => hall.open(await Server.start(QUICK)));
afterEach(() => hall.clear());
after(() => hall.server?.stop());

/** Ids that no room has. */
const NO_ROOMS = [
  "AAAAAAAAAAAAAAAAAAAAAA",
  "7",
  "conv_1_2",
  "x".repeat(65),
  "x".repeat(2_000),
  "%00",
  "%ff",
  "..%2f..",
  encodeURIComponent("' OR 1=1 --"),
  encodeURIComponent("名"),
];

/** All pages of a list. */
async function pages(person, path, name) {
  const all = [];
  let cursor = "";
  do {
    const page = await person.get(`${path}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    assert.ok(page[name].length > 0 || all.length === 0, "a page that is promised has something");
    all.push(...page[name]);
    cursor = page.nextCursor;
    if (cursor !== undefined) assert.ok(typeof cursor === "string" && cursor !== "", "a cursor");
  } while (cursor !== undefined);
  return all;
}

describe("making a room", () => {
  test("its maker is its first member", async () => {
    const ann = await hall.person("Ann");
    const made = await ann.post("", { name: "Anime Lovers", description: "For fans" }, 201);
    assert.deepEqual(Object.keys(made), ["room"]);
    assertRoom(made.room, { name: "Anime Lovers", description: "For fans" });
    assertNow(made.room.createdAt);
    assert.deepEqual((await ann.get(`/${made.room._id}/members`)).members, [ann.user]);
  });

  test("a guest may, names need not be unique, and a description need not be", async () => {
    const [ann, gus] = [await hall.person(), await hall.guest()];
    const rooms = [
      await gus.makes("Twins"),
      await ann.makes("Twins", { description: null, isMember: false, _id: "mine" }),
    ];
    assert.notEqual(rooms[0]._id, rooms[1]._id);
    for (const room of rooms) assertRoom(room, { name: "Twins" });
  });

  test("names and descriptions at their limits", async () => {
    const ann = await hall.person();
    const names = ["x", "x".repeat(80), "🦀".repeat(80), "a < b & c", "名前", "e\u0301"];
    for (const name of names) assert.equal((await ann.makes(name)).name, name);
    for (const description of ["x".repeat(500), "🦀".repeat(500), "<b>"]) {
      assert.equal((await ann.makes("Described", { description })).description, description);
    }
  });

  test("what is no name or description is refused", async () => {
    const ann = await hall.person();
    const bad = ["", "   ", "x".repeat(81), "a\u202eb", "a\u2066b", "a\u200bb", "a\u200db", "a\0b"];
    for (const name of [...bad, "\ufeff", "\ud800", 7, true, [], {}, null, undefined]) {
      await ann.refused("invalid_payload", "POST", "", { name });
    }
    for (const description of ["x".repeat(501), "a\0b", "\ud800", 7, ["x"], {}]) {
      await ann.refused("invalid_payload", "POST", "", { name: "Fine", description });
    }
    for (const json of [[], "name", 7, null]) {
      await ann.refused("invalid_payload", "POST", "", json);
    }
    assert.equal((await ann.get("?query=Fine")).rooms.length, 0, "nothing was made");
  });

  test("in another's name is forbidden", async () => {
    const [ann, bob] = [await hall.person(), await hall.person("Bob")];
    await ann.refused("forbidden", "POST", "", { name: "Forged", userId: bob.id });
    for (const userId of [ann.id, Number(ann.id), null]) {
      assertRoom(await ann.makes("Own", { userId }), { name: "Own" });
    }
  });
});

test("nothing is to be had without a token", async () => {
  const ann = await hall.person();
  const { _id } = await ann.makes();
  const routes = [
    ["POST", "", { name: "x" }],
    ["GET", ""],
    ["POST", `/${_id}/join`],
    ["DELETE", `/${_id}/leave`],
    ["GET", `/${_id}/members`],
    ["GET", `/${_id}/messages`],
    ["POST", `/${_id}/messages`, { content: "hi" }],
  ];
  for (const [method, path, json] of routes) {
    for (const token of [undefined, "x"]) {
      await hall.rest.refused("unauthenticated", method, `/api/chat/rooms${path}`, { token, json });
    }
  }
});

test("the API describes its rooms", async () => {
  const { paths } = await hall.rest.succeed(200, "GET", "/api/openapi.json");
  const described = Object.entries(paths)
    .filter(([path]) => path.startsWith("/api/chat/rooms"))
    .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`));
  assert.deepEqual(
    described.map((route) => route.replace(/\{\w+\}/, "{id}")).sort(),
    [
      "delete /api/chat/rooms/{id}/leave",
      "get /api/chat/rooms",
      "get /api/chat/rooms/{id}/members",
      "get /api/chat/rooms/{id}/messages",
      "post /api/chat/rooms",
      "post /api/chat/rooms/{id}/join",
      "post /api/chat/rooms/{id}/messages",
    ],
  );
});

describe("the list", () => {
  test("shows every room to everybody, each as it is for the one who asks", async () => {
    const [ann, bob] = [await hall.person(), await hall.person("Bob")];
    const room = await ann.makes("Open to all", { description: "Come in" });
    const base = { name: "Open to all", description: "Come in" };
    assertRoom(await ann.sees(room), base);
    assertRoom(await bob.sees(room), { ...base, isMember: false });
    const message = await ann.posts(room._id, "hi");
    assertRoom(await bob.sees(room), { ...base, isMember: false, lastMessage: message });
    const ear = await bob.listener(room._id);
    const after = await bob.sees(room);
    assertRoom(after, { ...base, memberCount: 2, activeCount: 1, lastMessage: message, unreadCount: after.unreadCount });
    await ear.succeed("leave_room", { roomId: room._id });
    assert.equal((await bob.sees(room)).activeCount, 0);
    assert.equal((await bob.sees(room)).isMember, true);
    await bob.delete(`/${room._id}/leave`);
    assertRoom(await bob.sees(room), { ...base, isMember: false, lastMessage: message });
  });

  test("is found by name, and not by signs that mean something to a database", async () => {
    const ann = await hall.person();
    const room = await ann.makes("Quantum Cooking");
    const names = async (query) => {
      const { rooms } = await ann.get(`?query=${encodeURIComponent(query)}`);
      return rooms.map(({ _id }) => _id);
    };
    for (const query of ["Quantum Cooking", "quantum", "QUANTUM C"]) {
      assert.deepEqual(await names(query), [room._id], query);
    }
    for (const query of ["%uantum%", "Q_antum", "' OR 1=1 --", "\"", "*", "quantum physics"]) {
      assert.deepEqual(await names(query), [], query);
    }
  });

  test("is paged: every room once", async () => {
    const ann = await hall.person();
    const made = await Promise.all(Array.from({ length: 23 }, (_, n) => ann.makes(`Paged ${n}`)));
    const all = await pages(ann, "?query=Paged&limit=5", "rooms");
    assert.deepEqual(all.map(({ _id }) => _id).sort(), made.map(({ _id }) => _id).sort());
    const { rooms, nextCursor } = await ann.get("?query=Paged&limit=100");
    assert.equal(rooms.length, 23);
    assert.equal(nextCursor, undefined);
    const whole = await pages(ann, "?limit=1", "rooms");
    assert.equal(new Set(whole.map(({ _id }) => _id)).size, whole.length);
  });

  test("has 100 at most a page, and says which limits and cursors are none", async () => {
    const ann = await hall.person();
    await Promise.all(Array.from({ length: 101 }, (_, n) => ann.makes(`Hundred ${n}`)));
    assert.equal((await ann.get("?query=Hundred&limit=100")).rooms.length, 100);
    assert.ok((await ann.get("?query=Hundred")).rooms.length <= 100);
    assert.equal((await pages(ann, "?query=Hundred&limit=100", "rooms")).length, 101);
    for (const query of ["limit=0", "limit=-1", "limit=x", "limit=1.5", "limit=101", "cursor=x"]) {
      await ann.refused("invalid_payload", "GET", `?${query}`);
    }
  });
});

describe("joining and leaving", () => {
  test("a member is one once, however often it joins", async () => {
    const [ann, bob] = [await hall.person(), await hall.person("Bob")];
    const made = await ann.makes();
    for (const json of [undefined, {}, { userId: bob.id }, { roomId: made._id, userId: null }]) {
      const answer = await bob.post(`/${made._id}/join`, json);
      assert.deepEqual(Object.keys(answer), ["room"]);
      assertRoom(answer.room, { name: "Room", memberCount: 2 });
    }
    const { members } = await ann.get(`/${made._id}/members`);
    assert.deepEqual(members.map(({ id }) => id).sort(), [ann.id, bob.id].sort());
    const cleo = await hall.person("Cleo");
    await hall.rest.call("POST", `/api/chat/rooms/${made._id}/join`, {
      token: bob.token,
      json: { userId: cleo.id },
    });
    assert.equal((await cleo.sees(made)).isMember, false, "nobody is made a member by another");
  });

  test("leaving may be repeated, and joining again is as new", async () => {
    const [ann, gus] = [await hall.person(), await hall.guest()];
    const { _id } = await ann.makes();
    await gus.post(`/${_id}/join`);
    for (let n = 0; n < 3; n += 1) {
      assert.deepEqual(await gus.delete(`/${_id}/leave`), { success: true });
    }
    assert.deepEqual((await ann.get(`/${_id}/members`)).members, [ann.user]);
    assertRoom((await gus.post(`/${_id}/join`)).room, { name: "Room", memberCount: 2 });
  });

  test("the last one may leave, and the room and what was said in it stay", async () => {
    const [ann, bob] = [await hall.person(), await hall.person("Bob")];
    const room = await ann.makes("Left alone");
    const message = await ann.posts(room._id, "goodbye");
    await ann.delete(`/${room._id}/leave`);
    const lone = { name: "Left alone", memberCount: 0, isMember: false, lastMessage: message };
    assertRoom(await bob.sees(room), lone);
    assert.deepEqual(await bob.reads(room._id), [message]);
  });

  test("what is no room is not found", async () => {
    const ann = await hall.person();
    for (const id of NO_ROOMS) {
      await ann.refused("not_found", "POST", `/${id}/join`);
      await ann.refused("not_found", "DELETE", `/${id}/leave`);
      await ann.refused("not_found", "GET", `/${id}/members`);
      await ann.refused("not_found", "GET", `/${id}/messages`);
      await ann.refused("not_found", "POST", `/${id}/messages`, { content: "hi" });
    }
  });
});

test("members are paged, each once, guests marked as such", async () => {
  const ann = await hall.person("Ann", { displayName: "Ann Lee" });
  const { _id } = await ann.makes();
  const others = [...(await hall.people(11)), await hall.guest()];
  await Promise.all(others.map((each) => each.post(`/${_id}/join`)));
  const users = [ann, ...others].map(({ user }) => user);
  const byId = (list) => [...list].sort((a, b) => Number(a.id) - Number(b.id));
  const outsider = await hall.person();
  for (const limit of [1, 5, 13, 100]) {
    const members = await pages(outsider, `/${_id}/members?limit=${limit}`, "members");
    assert.deepEqual(byId(members), byId(users), `by ${limit}`);
  }
  assert.deepEqual(users.filter(({ isGuest }) => isGuest).length, 1);
  for (const query of ["limit=0", "limit=-1", "limit=x", "limit=101", "cursor=%00"]) {
    await ann.refused("invalid_payload", "GET", `/${_id}/members?${query}`);
  }
});

test("whoever posts becomes a member", async () => {
  const [ann, gus] = [await hall.person(), await hall.guest()];
  const room = await ann.makes("Posted into");
  const message = await gus.posts(room._id, "hi");
  assertMessage(message, gus, { roomId: room._id, seq: 1, content: "hi" });
  const seen = await gus.sees(room);
  assertRoom(seen, { name: "Posted into", memberCount: 2, lastMessage: message });
});

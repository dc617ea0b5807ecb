/**
 * Making accounts and signing in, line by line of the contract's section on authentication.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { PASSWORD, QUICK, Rest } from "./src/rest.js";
import { Server } from "./src/server.js";
import { assertOwnToken, assertUser } from "./src/users.js";

/** @type {Server} */
let server;
/** @type {Rest} */
let rest;
before(async () => {
  server = await Server.start(QUICK);
  rest = new Rest(server);
});
after(() => server?.stop());

describe("register", () => {
  test("gives a token and the user", async () => {
    const made = await rest.register("Ann");
    assert.deepEqual(Object.keys(made).sort(), ["token", "user"]);
    assertUser(made.user, { username: "Ann" });
    assertOwnToken(made.token, made.user);
    assert.deepEqual(await rest.me(made.token), made.user);
  });

  test("takes a display name; every account has an id of its own", async () => {
    const ben = await rest.register("Ben", PASSWORD, { displayName: "Big Ben" });
    assertUser(ben.user, { username: "Ben", displayName: "Big Ben" });
    const other = await rest.register("Ben2", PASSWORD, { displayName: "Big Ben" });
    assert.notEqual(other.user.id, ben.user.id);
    const none = await rest.register("Ben3", PASSWORD, { displayName: null, isGuest: true, id: "1" });
    assertUser(none.user, { username: "Ben3" });
  });

  test("a username is unique without regard to case, after NFKC, guests included", async () => {
    await rest.register("Straße");
    await rest.guest("Gast");
    for (const username of ["straße", "STRASSE", "Ｓtraße", "gast", "GAST", "Ｇａｓｔ"]) {
      const json = { username, password: PASSWORD };
      await rest.refused("conflict", "POST", "/api/auth/register", { json });
      await rest.refused("conflict", "POST", "/api/auth/guest", { json: { username } });
    }
  });

  test("of many at once with one name, one succeeds", async () => {
    const json = { username: "Racer", password: PASSWORD };
    const all = Array.from({ length: 10 }, () => rest.call("POST", "/api/auth/register", { json }));
    const statuses = (await Promise.all(all)).map(({ status }) => status).sort();
    assert.deepEqual(statuses, [201, ...Array.from({ length: 9 }, () => 409)]);
  });

  const badNames = [
    ["empty", ""],
    ["blank", "   "],
    ["33 characters", "x".repeat(33)],
    ["a control character", "a\u0007b"],
    ["a line break", "a\nb"],
    ["a zero-width space", "a\u200bb"],
    ["a bidirectional control", "a\u202eb"],
    ["a lone surrogate", "\ud800"],
    ["a number", 7],
    ["absent", undefined],
    ["null", null],
    ["a list", ["Ann"]],
  ];
  for (const [what, username] of badNames) {
    test(`a username may not be ${what}`, async () => {
      const json = { username, password: PASSWORD };
      await rest.refused("invalid_payload", "POST", "/api/auth/register", { json });
      await rest.refused("invalid_payload", "POST", "/api/auth/guest", { json });
      await rest.refused("invalid_payload", "POST", "/api/auth/login", { json });
    });
  }

  test("32 characters of any script are a username", async () => {
    const username = "🦜".repeat(32);
    assertUser((await rest.register(username)).user, { username });
    assertUser((await rest.login(username)).user, { username });
  });

  test("a display name is 1 to 64 characters, none of them unseen", async () => {
    const taken = await rest.register("Display", PASSWORD, { displayName: "é".repeat(64) });
    assert.equal(taken.user.displayName, "é".repeat(64));
    for (const displayName of ["x".repeat(65), "", "a\u202eb", "a\u200bb", 7]) {
      const json = { username: "Display2", password: PASSWORD, displayName };
      await rest.refused("invalid_payload", "POST", "/api/auth/register", { json });
    }
  });

  test("a password has 8 to 128 characters, whatever they are", async () => {
    for (const [n, password] of ["12345678", "é".repeat(8), "🦜".repeat(128), " ".repeat(8)].entries()) {
      await rest.register(`Pass${n}`, password);
      await rest.login(`Pass${n}`, password);
    }
    for (const password of ["1234567", "🦜".repeat(7), "x".repeat(129), "", null, undefined, 12345678]) {
      const json = { username: "Pass", password };
      await rest.refused("invalid_payload", "POST", "/api/auth/register", { json });
    }
  });
});

describe("bodies", () => {
  const routes = ["register", "login", "guest"].map((name) => `/api/auth/${name}`);

  test("what is not JSON is refused in the API's own shape", async () => {
    for (const path of routes) {
      for (const body of ["", "{", "[]", '"x"', "null", "username=Ann"]) {
        const headers = { "content-type": "application/json" };
        await rest.refused("invalid_payload", "POST", path, { headers, body });
      }
    }
  });

  test("another content type is refused: a foreign form can send no JSON", async () => {
    const body = JSON.stringify({ username: "Former", password: PASSWORD });
    const types = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"];
    for (const path of routes) {
      for (const headers of [{}, ...types.map((type) => ({ "content-type": type }))]) {
        const answer = await rest.call("POST", path, { headers, body });
        assert.ok([400, 415].includes(answer.status), `${path}: ${answer.status}`);
        assert.equal(answer.body.error.code, "invalid_payload");
        assert.deepEqual(answer.cookies, []);
      }
    }
    await rest.guest("Former");
  });

  test("64 KiB is the most", async () => {
    const json = { username: "Large", password: PASSWORD, padding: "x".repeat(64 * 1024) };
    await rest.refused("too_large", "POST", "/api/auth/register", { json });
    const fits = { ...json, padding: "x".repeat(60 * 1024) };
    await rest.succeed(201, "POST", "/api/auth/register", { json: fits });
  });

  test("a wrong method is said with the right ones", async () => {
    for (const path of routes) {
      const answer = await rest.call("GET", path);
      assert.equal(answer.status, 405);
      assert.match(answer.headers.allow ?? "", /POST/);
      assert.equal(answer.body.error.code, "invalid_payload");
    }
  });
});

describe("login", () => {
  test("gives a token and the user, by any spelling of the name", async () => {
    const made = await rest.register("Lena");
    for (const username of ["Lena", "lena", "LENA", "Ｌｅｎａ"]) {
      const back = await rest.login(username);
      assert.deepEqual(Object.keys(back).sort(), ["token", "user"]);
      assert.deepEqual(back.user, made.user);
      assertOwnToken(back.token, made.user);
      assert.notEqual(back.token, made.token);
    }
  });

  test("an unknown name, a wrong password and a guest's name are answered alike", async () => {
    await rest.register("Lou");
    await rest.guest("Guestly");
    const tries = [
      ["Nobody", PASSWORD],
      ["Lou", `${PASSWORD}!`],
      ["Lou", PASSWORD.toUpperCase()],
      ["Guestly", PASSWORD],
      ["Guestly", ""],
    ];
    const answers = [];
    for (const [username, password] of tries) {
      const json = { username, password };
      const { body } = await rest.refused("unauthenticated", "POST", "/api/auth/login", { json });
      answers.push(body);
    }
    for (const answer of answers) assert.deepEqual(answer, answers[0]);
  });
});

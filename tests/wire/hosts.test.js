/**
 * Tokens that somebody else makes: a host application's, by every way to say which are good; and
 * all the ways in which a token is not.
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { after, afterEach, before, describe, test } from "node:test";

import { altered, KeyServer, nowS, Signer, unsigned } from "./src/jose.js";
import { PASSWORD, QUICK, Rest } from "./src/rest.js";
import { assertRefused } from "./src/refusal.js";
import { Server } from "./src/server.js";
import { isSignedIn } from "./src/signed-in.js";
import { Stage } from "./src/stage.js";
import { until } from "./src/wait.js";

const SECRET = "the host application's own secret, 256 bits";
const AUDIENCE = "chat.example";
/** Between two fetches of published keys, made short, in milliseconds. */
const MIN_INTERVAL_MS = 200;
const REFRESH_MS = 1_000;

describe("dedicated keys", () => {
  /** @type {Server} */
  let server;
  /** @type {Rest} */
  let rest;
  /** @type {Record<string, Signer>} */
  const signers = {};
  /** @type {KeyServer} */
  let published;
  const stage = new Stage(undefined, "websocket");
  before(async () => {
    const pair = (algorithm, iss, kid) => Signer.pair(algorithm, { kid, claims: { iss, aud: AUDIENCE } });
    signers.HS256 = Signer.secret(SECRET, { iss: "https://hs.example", aud: AUDIENCE });
    signers.RS256 = await pair("RS256", "https://rs.example");
    signers.ES256 = await pair("ES256", "https://es.example");
    signers.EdDSA = await pair("EdDSA", "https://ed.example");
    signers.JWKS = await pair("ES256", "https://jwks.example", "first");
    published = await KeyServer.start(signers.JWKS);
    const host = (issuer, ...lines) =>
      ["[[auth.host]]", `issuer = "${issuer}"`, `audience = "${AUDIENCE}"`, ...lines, ""].join("\n");
    const key = (name, issuer) =>
      host(issuer, `algorithm = "${name}"`, `public_key = """${signers[name].pem}"""`);
    const file = [
      host("https://hs.example", `secret = "${SECRET}"`),
      key("RS256", "https://rs.example"),
      key("ES256", "https://es.example"),
      key("EdDSA", "https://ed.example"),
      host("https://jwks.example", `jwks_url = "${published.url}"`),
    ].join("\n");
    const jwks = { AUTH_JWKS_MIN_INTERVAL_MS: MIN_INTERVAL_MS, AUTH_JWKS_REFRESH_MS: REFRESH_MS };
    server = await Server.start({ ...QUICK, ...jwks }, { file });
    rest = new Rest(server);
    stage.server = server;
  });
  afterEach(() => stage.clear());
  after(async () => {
    await server?.stop();
    await published?.stop();
  });

  for (const name of ["HS256", "RS256", "ES256", "EdDSA", "JWKS"]) {
    test(`${name}: the account is made on first sight, with name and picture`, async () => {
      const sub = `auth0|${name}@example.org:1`;
      const claims = { sub, name: `Ann of ${name}`, picture: "https://example.org/ann.png" };
      const token = await signers[name].sign(claims);
      const user = await rest.me(token);
      const { username, ...others } = user;
      assert.ok(username.length >= 1);
      const profile = { id: sub, displayName: claims.name, avatarUrl: claims.picture };
      assert.deepEqual(others, { ...profile, isGuest: false });
      const peer = await stage.join({ auth: { token } });
      assert.equal(await isSignedIn(peer), true);
      const renamed = await signers[name].sign({ sub, name: "Anna" });
      assert.equal((await rest.me(renamed)).displayName, "Anna", "the newest token says it");
      await peer.succeed("refresh_token", { token: renamed });
    });

    test(`${name}: what is wrong with a token is seen`, async () => {
      const signer = signers[name];
      const sub = "eve";
      const good = await signer.sign({ sub });
      const other = name === "HS256" ? Signer.secret("another secret") : await Signer.pair(signer.algorithm);
      other.header = signer.header;
      other.claims = signer.claims;
      const cases = [
        ["another key", await other.sign({ sub })],
        ["altered", altered(good, { sub: "admin" })],
        ["cut short", good.slice(0, -4)],
        ["without a signature", `${good.split(".").slice(0, 2).join(".")}.`],
        ["alg none", unsigned({ ...signer.claims, sub })],
        ["alg None", unsigned({ ...signer.claims, sub }, "None")],
        ["alg none with a signature", unsigned({ ...signer.claims, sub }, "none", good.split(".")[2])],
        ["another issuer", await signer.sign({ sub, iss: "https://evil.example" })],
        ["no issuer", await signer.sign({ sub, iss: undefined })],
        ["an issuer with a slash more", await signer.sign({ sub, iss: `${signer.claims.iss}/` })],
        ["our own issuer", await signer.sign({ sub: "1", iss: "parlour" })],
        ["another audience", await signer.sign({ sub, aud: "other.example" })],
        ["no audience", await signer.sign({ sub, aud: undefined })],
        ["not yet", await signer.sign({ sub, nbf: nowS() + 600 })],
        ["no exp", await signer.sign({ sub, exp: undefined })],
        ["an exp that is no number", await signer.sign({ sub, exp: "tomorrow" })],
        ["no sub", await signer.sign({})],
        ["an empty sub", await signer.sign({ sub: "" })],
        ["a sub with a space", await signer.sign({ sub: "ann ann" })],
        ["a sub of 65 characters", await signer.sign({ sub: "x".repeat(65) })],
        ["a sub that is a list", await signer.sign({ sub: ["ann"] })],
        ["a header that demands what nobody knows", withHeader(good, { crit: ["exp"] })],
        ["9 KiB", await signer.sign({ sub, padding: "x".repeat(9 * 1024) })],
      ];
      if (signer.pem) {
        const confused = Signer.secret(signer.pem, signer.claims, signer.header);
        cases.push(["HS256 with the public key as secret", await confused.sign({ sub })]);
        const trimmed = Signer.secret(signer.pem.trim(), signer.claims, signer.header);
        cases.push(["the same without the last line break", await trimmed.sign({ sub })]);
      }
      for (const [what, token] of cases) await assertRefused(server, "unauthenticated", token, what);
      const expired = await signer.sign({ sub, exp: nowS() - 1 });
      await assertRefused(server, "token_expired", expired, "expired");
      const audiences = await signer.sign({ sub, aud: ["other.example", AUDIENCE] });
      assert.equal((await rest.me(audiences)).id, sub, "one of several audiences");
      assert.equal((await rest.me(await signer.sign({ sub: "x".repeat(64) }))).id, "x".repeat(64));
    });
  }

  test("each key is for its own issuer", async () => {
    const names = Object.keys(signers);
    for (const [at, name] of names.entries()) {
      const { iss } = signers[names[(at + 1) % names.length]].claims;
      const token = await signers[name].sign({ sub: "eve", iss });
      await assertRefused(server, "unauthenticated", token, `${name} for ${iss}`);
    }
  });

  test("a host's user can be signed out too", async () => {
    const token = await signers.RS256.sign({ sub: "leaver", jti: "1" });
    const stays = await signers.RS256.sign({ sub: "leaver", jti: "2" });
    await rest.me(token);
    await rest.succeed(200, "POST", "/api/auth/logout", { token });
    await assertRefused(server, "unauthenticated", token, "logged out");
    assert.equal((await rest.me(stays)).id, "leaver");
  });

  test("nobody registers here, nor comes as a guest", async () => {
    const json = { username: "Ann", password: PASSWORD };
    for (const route of ["register", "guest"]) {
      await rest.refused("forbidden", "POST", `/api/auth/${route}`, { json });
    }
  });

  test("names that no profile can hold do not keep anybody out", async () => {
    const odd = [
      { name: "x".repeat(100) },
      { name: "" },
      { name: "a\u202eb" },
      { name: 7 },
      { picture: "http://example.org/a.png" },
      { picture: ["https://example.org/a.png"] },
      { preferred_username: "x".repeat(100) },
    ];
    for (const [at, claims] of odd.entries()) {
      const user = await rest.me(await signers.EdDSA.sign({ sub: `odd-${at}`, ...claims }));
      assert.equal(user.id, `odd-${at}`);
      assert.ok(user.avatarUrl === null);
      assert.ok([...(user.displayName ?? user.username)].length <= 64);
    }
  });

  test("a published key is taken up when it appears, and dropped when it has gone", async () => {
    const { iss, aud } = signers.JWKS.claims;
    const second = await Signer.pair("ES256", { kid: "second", claims: { iss, aud } });
    const early = await second.sign({ sub: "rotating" });
    await assertRefused(server, "unauthenticated", early, "not published yet");
    published.publish(signers.JWKS, second);
    const isGood = async (token) => (await rest.call("GET", "/api/auth/me", { token })).status === 200;
    await until("the second key counts", () => isGood(early));
    assert.equal(await isGood(await signers.JWKS.sign({ sub: "rotating" })), true, "both count");
    published.publish(second);
    // A token that was seen before may be remembered: a fresh one shows whether the key counts.
    let at = 0;
    const fresh = () => signers.JWKS.sign({ sub: "rotating", jti: String((at += 1)) });
    await until("the first key counts no more", async () => !(await isGood(await fresh())));
    assert.equal(await isGood(await second.sign({ sub: "rotating" })), true);
    published.publish(signers.JWKS);
    await until("the first key counts again", async () => isGood(await fresh()));
  });

  test("while the keys cannot be fetched the last good ones count", async () => {
    for (const broken of [
      { status: 500, body: "no" },
      { status: 200, body: "no" },
      { status: 200, body: '{"keys": 7}' },
    ]) {
      published.broken = broken;
      const { asked } = published;
      await until("two more fetches", () => published.asked >= asked + 2);
      assert.equal((await rest.me(await signers.JWKS.sign({ sub: "steady" }))).id, "steady");
    }
    published.broken = undefined;
    // Until the next fetch has succeeded nobody can tell whether an unknown key is a new one.
    const stranger = await signers.JWKS.sign({ sub: "eve" }, { kid: "stranger" });
    await until("a good fetch", async () => {
      const { status } = await rest.call("GET", "/api/auth/me", { token: stranger });
      assert.ok([401, 503].includes(status), String(status));
      return status === 401;
    });
  });

  test("unknown keys are not fetched for at any rate", async () => {
    const { asked } = published;
    const start = Date.now();
    const token = (n) => signers.JWKS.sign({ sub: "eve" }, { kid: `unknown-${n}` });
    const tokens = await Promise.all(Array.from({ length: 100 }, (_, n) => token(n)));
    const answers = await Promise.all(tokens.map((each) => rest.call("GET", "/api/auth/me", { token: each })));
    for (const { status } of answers) assert.equal(status, 401);
    const most = Math.ceil((Date.now() - start) / MIN_INTERVAL_MS) + 1;
    assert.ok(published.asked - asked <= most, `${published.asked - asked} fetches, at most ${most}`);
  });
});

/** The token with a header of another content, and its signature kept. */
function withHeader(token, more) {
  const [header, ...rest] = token.split(".");
  const old = JSON.parse(Buffer.from(header, "base64url").toString());
  return [Buffer.from(JSON.stringify({ ...old, ...more })).toString("base64url"), ...rest].join(".");
}

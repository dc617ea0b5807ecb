/**
 * One key of a host application by variables, and the server's own secret, made or shared.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";

import { nowS, Signer, unsigned } from "./src/jose.js";
import { QUICK, Rest } from "./src/rest.js";
import { assertRefused } from "./src/refusal.js";
import { Server } from "./src/server.js";

const SECRET = "the host application's own secret, 256 bits";

describe("one key by variables", () => {
  test("a public key in a file, and a kid", async () => {
    const signer = await Signer.pair("RS256", { kid: "k1", claims: { iss: "https://app.example" } });
    const first = await Server.start(QUICK);
    await first.end();
    const path = join(first.directory, "host.pem");
    writeFileSync(path, signer.pem ?? "");
    const server = await Server.start(
      {
        ...QUICK,
        HOST_ISSUER: "https://app.example",
        HOST_ALGORITHM: "RS256",
        HOST_PUBLIC_KEY: path,
        HOST_KID: "k1",
      },
      { directory: first.directory },
    );
    try {
      assert.equal((await new Rest(server).me(await signer.sign({ sub: "ann" }))).id, "ann");
      const kid = await signer.sign({ sub: "ann" }, { kid: "k2" });
      await assertRefused(server, "unauthenticated", kid, "another kid");
    } finally {
      await server.stop();
    }
  });

  test("an own account's tokens count beside it, and a host's never open an own account", async () => {
    const before = await Server.start(QUICK);
    const { token, user } = await new Rest(before).register("Ann");
    await before.end();
    const settings = { ...QUICK, HOST_ISSUER: "https://app.example", HOST_SECRET: SECRET };
    const server = await Server.start(settings, { directory: before.directory });
    try {
      const rest = new Rest(server);
      assert.deepEqual(await rest.me(token), user);
      assert.deepEqual((await rest.login("Ann")).user, user);
      const thief = await Signer.secret(SECRET, { iss: "https://app.example" }).sign({ sub: user.id });
      await assertRefused(server, "unauthenticated", thief, "a host's token with an own id");
    } finally {
      await server.stop();
    }
  });
});

describe("the server's own secret", () => {
  test("if it is configured, the application that shares it signs its users in", async () => {
    const app = Signer.secret(SECRET);
    const server = await Server.start({ ...QUICK, JWT_SECRET: SECRET });
    try {
      const rest = new Rest(server);
      const seen = await rest.me(await app.sign({ sub: "customer-7", name: "Ann" }));
      assert.deepEqual([seen.id, seen.displayName, seen.isGuest], ["customer-7", "Ann", false]);
      assert.equal((await rest.me(await app.sign({ sub: "customer-7", iss: "my-app" }))).id, "customer-7");
      const { user } = await rest.register("Bob");
      assert.deepEqual(await rest.me(await app.sign({ sub: user.id })), user);
      const cases = [
        ["another secret", await Signer.secret(`${SECRET}!`).sign({ sub: "customer-7" })],
        ["alg none", unsigned({ sub: "customer-7" })],
        ["no sub", await app.sign({})],
        ["no exp", await app.sign({ sub: "customer-7", exp: undefined })],
      ];
      for (const [what, token] of cases) await assertRefused(server, "unauthenticated", token, what);
      const expired = await app.sign({ sub: "customer-7", exp: nowS() - 1 });
      await assertRefused(server, "token_expired", expired, "expired");
    } finally {
      await server.stop();
    }
  });

  test("if the server made it, nobody else's tokens count", async () => {
    const server = await Server.start(QUICK);
    try {
      const rest = new Rest(server);
      const { user } = await rest.register("Ann");
      const secret = readFileSync(join(server.directory, "parlour-data/jwt-secret"), "utf8").trim();
      const app = Signer.secret(secret);
      await assertRefused(server, "unauthenticated", await app.sign({ sub: "new" }), "no issuer");
      const foreign = await app.sign({ sub: user.id, iss: "my-app" });
      await assertRefused(server, "unauthenticated", foreign, "another issuer");
    } finally {
      await server.stop();
    }
  });
});

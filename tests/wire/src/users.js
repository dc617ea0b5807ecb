/**
 * What accounts and their tokens look like, as the contract says.
 */
import assert from "node:assert/strict";

import { claimsOf, nowS } from "./jose.js";

/** How long our own tokens last, in seconds. */
const DAY_S = 86_400;

/** A `user` reads as the contract says. */
export function assertUser(user, expected) {
  const { id, ...others } = user;
  assert.match(id, /^[1-9]\d*$/, "own accounts have decimal ids");
  assert.deepEqual(others, { displayName: null, avatarUrl: null, isGuest: false, ...expected });
}

/** A token of our own, as the contract says. */
export function assertOwnToken(token, user) {
  const claims = claimsOf(token);
  assert.equal(claims.sub, user.id);
  assert.equal(claims.iss, "parlour");
  assert.ok(Math.abs(claims.iat - nowS()) <= 2, `made at ${claims.iat}`);
  // It ends at a whole second, and not before its time is over.
  const lastsS = claims.exp - claims.iat;
  assert.ok(lastsS === DAY_S || lastsS === DAY_S + 1, `lasts ${lastsS} s`);
}

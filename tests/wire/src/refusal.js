/**
 * Clients that are not let in.
 */
import assert from "node:assert/strict";

import { assertError, Peer } from "./peer.js";
import { Rest } from "./rest.js";

/** Tries to connect; resolves with the `connect_error`. */
export async function refusal(url, options) {
  const peer = new Peer(url, options);
  try {
    await peer.connected();
  } catch (error) {
    return error;
  } finally {
    peer.leave();
  }
  return assert.fail(`let in with ${JSON.stringify(options)}`);
}

/** Has to be refused with this code, in the contract's shape. */
export async function refusedWith(code, url, options) {
  const error = await refusal(url, options);
  assert.equal(error.message, code, JSON.stringify(options));
  assertError(error.data, code, "connect_error");
}

/** Has to be refused with this code by REST and by socket. */
export async function assertRefused(server, code, token, what) {
  const rest = new Rest(server);
  await rest.refused(code, "GET", "/api/auth/me", { token }).catch((error) => {
    error.message = `${what}: ${error.message}`;
    throw error;
  });
  await refusedWith(code, server.url, { auth: { token } });
}

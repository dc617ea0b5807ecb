/**
 * The HTTP API, as a program that speaks it sees it.
 */
import assert from "node:assert/strict";

import { request } from "./http.js";
import { assertError } from "./peer.js";

/** Under which status a failure with which code comes. */
const STATUS = {
  unauthenticated: 401,
  token_expired: 401,
  forbidden: 403,
  not_found: 404,
  invalid_payload: 400,
  too_large: 413,
  conflict: 409,
  rate_limited: 429,
  unavailable: 503,
};

/**
 * @typedef {{token?: string, json?: unknown, headers?: Record<string, string>,
 *   localAddress?: string, body?: string}} Options
 * @typedef {{status: number, headers: import("node:http").IncomingHttpHeaders, body: any,
 *   cookies: string[]}} Answer
 */

/** One server's API. */
export class Rest {
  /** @param {{url: string}} server */
  constructor(server) {
    this.url = server.url;
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {Options} [options]
   * @returns {Promise<Answer>}
   */
  async call(method, path, { token, json, headers = {}, localAddress, body } = {}) {
    const all = { ...headers };
    if (token !== undefined) all.authorization = `Bearer ${token}`;
    if (json !== undefined) all["content-type"] ??= "application/json";
    const text = json === undefined ? body : JSON.stringify(json);
    const answer = await request(this.url + path, { method, headers: all, localAddress, body: text });
    const isJson = /^application\/json\b/.test(answer.headers["content-type"] ?? "");
    return {
      status: answer.status,
      headers: answer.headers,
      body: isJson ? JSON.parse(answer.body) : answer.body,
      cookies: answer.headers["set-cookie"] ?? [],
    };
  }

  /** Calls, and has to get this status. Returns the body. */
  async succeed(status, method, path, options) {
    const answer = await this.call(method, path, options);
    assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** Calls, and has to be refused with this code under the fitting status. Returns the answer. */
  async refused(code, method, path, options) {
    const answer = await this.call(method, path, options);
    const what = `${method} ${path} ${JSON.stringify(options?.json)}`;
    assert.equal(answer.status, STATUS[code], `${what}: ${JSON.stringify(answer.body)}`);
    assert.deepEqual(Object.keys(answer.body), ["error"], what);
    assertError(answer.body.error, code, what);
    return answer;
  }

  /** A new account: `{token, user}`. */
  register(username, password = PASSWORD, more = {}) {
    const json = { username, password, ...more };
    return this.succeed(201, "POST", "/api/auth/register", { json });
  }

  /** `{token, user}` */
  login(username, password = PASSWORD) {
    return this.succeed(200, "POST", "/api/auth/login", { json: { username, password } });
  }

  /** A new guest: `{token, user}`. */
  guest(username) {
    return this.succeed(201, "POST", "/api/auth/guest", { json: { username } });
  }

  /** Whose token this is. */
  async me(token) {
    return (await this.succeed(200, "GET", "/api/auth/me", { token })).user;
  }
}

/** A password that is good enough for a test. */
export const PASSWORD = "correct horse battery";

/** Settings under which a password costs next to nothing, and a test may do what it likes. */
export const QUICK = {
  LIMITS_ENABLED: false,
  AUTH_PASSWORD_MEMORY_KIB: 8,
  AUTH_PASSWORD_PASSES: 1,
};


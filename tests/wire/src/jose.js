/**
 * Tokens as a host application makes them, and as nobody should; and a place where keys are
 * published.
 */
import { Buffer } from "node:buffer";
import http from "node:http";

import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from "jose";

/** @param {string} text */
const bytes = (text) => new Uint8Array(Buffer.from(text));

/** So long a test's tokens last unless it says otherwise, in seconds. */
const LIFETIME_S = 600;

/** Seconds since 1970. */
export const nowS = () => Math.floor(Date.now() / 1000);

/** Somebody who signs. */
export class Signer {
  /**
   * @param {string} algorithm
   * @param {any} key what signs
   * @param {{pem?: string, jwk?: any, header?: object, claims?: object}} [more]
   */
  constructor(algorithm, key, { pem, jwk, header = {}, claims = {} } = {}) {
    Object.assign(this, { algorithm, key, pem, jwk, header, claims });
  }

  /** By a secret. */
  static secret(text, claims = {}, header = {}) {
    return new Signer("HS256", bytes(text), { claims, header });
  }

  /** By a fresh key pair. */
  static async pair(algorithm, { kid, claims } = {}) {
    const options = { extractable: true, ...(algorithm === "EdDSA" ? { crv: "Ed25519" } : {}) };
    const { publicKey, privateKey } = await generateKeyPair(algorithm, options);
    const header = kid === undefined ? {} : { kid };
    const jwk = { ...(await exportJWK(publicKey)), use: "sig", alg: algorithm, ...header };
    const pem = await exportSPKI(publicKey);
    return new Signer(algorithm, privateKey, { pem, jwk, header, claims });
  }

  /**
   * A token. What is `undefined` in `claims` or `header` is left out.
   * @param {object} claims
   * @param {object} [header]
   * @returns {Promise<string>}
   */
  sign(claims, header = {}) {
    const payload = { exp: nowS() + LIFETIME_S, ...this.claims, ...claims };
    const head = { alg: this.algorithm, typ: "JWT", ...this.header, ...header };
    const jwt = new SignJWT(JSON.parse(JSON.stringify(payload)));
    return jwt.setProtectedHeader(JSON.parse(JSON.stringify(head))).sign(this.key);
  }
}

const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A token that nobody signed. */
export function unsigned(claims, alg = "none", signature = "") {
  const payload = { exp: nowS() + LIFETIME_S, ...claims };
  return `${part({ alg, typ: "JWT" })}.${part(payload)}.${signature}`;
}

/** The token with its claims changed and its signature kept. */
export function altered(token, claims) {
  const [header, payload, signature] = token.split(".");
  const old = JSON.parse(Buffer.from(payload, "base64url").toString());
  return [header, part({ ...old, ...claims }), signature].join(".");
}

/** What a token says. */
export function claimsOf(token) {
  return JSON.parse(Buffer.from(token.split(".")[1], "base64url").toString());
}

/** Publishes keys over HTTP. */
export class KeyServer {
  /** @type {any[]} */
  keys = [];
  /** How often it was asked. */
  asked = 0;
  /** What it answers instead of keys. @type {{status: number, body: string} | undefined} */
  broken;
  #server = http.createServer((request, response) => {
    this.asked += 1;
    const { status, body } = this.broken ?? { status: 200, body: JSON.stringify({ keys: this.keys }) };
    response.writeHead(status, { "content-type": "application/json" }).end(body);
  });

  /** @param {Signer[]} signers */
  static async start(...signers) {
    const server = new KeyServer();
    server.publish(...signers);
    await new Promise((resolve) => server.#server.listen(0, "127.0.0.1", () => resolve(undefined)));
    return server;
  }

  /** From now on these keys, and no others. */
  publish(...signers) {
    this.keys = signers.map(({ jwk }) => jwk);
  }

  get url() {
    const { port } = /** @type {import("node:net").AddressInfo} */ (this.#server.address());
    return `http://127.0.0.1:${port}/keys.json`;
  }

  stop() {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(resolve));
  }
}

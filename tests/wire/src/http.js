/**
 * Plain HTTP without a pool: no connection is left over that a test would count.
 */
import { Buffer } from "node:buffer";
import http from "node:http";

import { within } from "./wait.js";

/**
 * @param {string} url
 * @param {http.RequestOptions & {body?: string}} [options]
 * @returns {Promise<{status: number, headers: http.IncomingHttpHeaders, body: string}>}
 */
export function request(url, options = {}) {
  const { body, ...rest } = options;
  const answer = new Promise((resolve, reject) => {
    const sent = http.request(url, { agent: false, ...rest }, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
  return within(`an answer from ${url}`, answer);
}

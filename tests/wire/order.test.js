/**
 * Everything arrives, in order, once: 10,000 lines as fast as a client can, and what is said in the
 * very tick of a connect.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";

import { request } from "./src/http.js";
import { Peer, WAYS } from "./src/peer.js";
import { Server } from "./src/server.js";
import { Stage } from "./src/stage.js";
import { until } from "./src/wait.js";

const LINES = 10_000;
/** What 10,000 lines may take on a busy machine with two cores, in milliseconds. */
const FLOOD_MS = 30_000;
const FRESH = 1_000;
/** Fresh connections at a time: well under what a listener's backlog holds. */
const AT_ONCE = 50;

/** @type {Server} */
let server;
const stage = new Stage(undefined, "websocket");
before(async () => {
  server = await Server.start({ LIMITS_ENABLED: false });
  stage.server = server;
});
afterEach(() => stage.clear());
after(() => server?.stop());

/** The numbers that a peer has been sent, once there are so many. */
async function numbers(peer) {
  const lines = () => peer.log.filter(({ name }) => name === "receive_message");
  const isComplete = () => peer.log.length >= LINES && lines().length >= LINES;
  await until(`${LINES} lines over ${peer.way}`, isComplete, FLOOD_MS).catch((error) => {
    throw new Error(`${error.message}; there are ${lines().length}`);
  });
  await peer.status();
  return lines().map(({ payload }) => Number(payload.text));
}

describe(`${LINES} lines in one go`, () => {
  const expected = Array.from({ length: LINES }, (_, n) => n);
  for (const from of Object.keys(WAYS)) {
    for (const to of Object.keys(WAYS)) {
      test(`from ${from} to ${to}`, async () => {
        const ann = await stage.join({ way: from });
        const bob = await stage.join({ way: to });
        await ann.succeed("start_chat");
        await bob.succeed("start_chat");
        for (const n of expected) ann.tell("send_message", `${n}`);
        const [theirs, own] = await Promise.all([numbers(bob), numbers(ann)]);
        assert.deepEqual(theirs, expected);
        assert.deepEqual(own, expected);
      });
    }
  }

  test("in both directions, with callbacks: each hears both, in one and the same order", async () => {
    const { ann, bob } = await stage.talking();
    const half = LINES / 2;
    const say = (peer) => Array.from({ length: half }, (_, n) => peer.succeed("send_message", `${n}`));
    const answers = await Promise.all([...say(ann), ...say(bob)]);
    const ids = (peer) =>
      peer.log.filter(({ name }) => name === "receive_message").map(({ payload }) => payload.id);
    await ann.status();
    await bob.status();
    assert.equal(new Set(ids(ann)).size, LINES);
    assert.deepEqual(ids(ann), ids(bob));
    const sent = (from) => answers.slice(from, from + half).map(({ message }) => message.id);
    const inOrder = ids(ann).filter((id) => new Set(sent(0)).has(id));
    assert.deepEqual(inOrder, sent(0));
  });
});

describe("the tick of the connect", () => {
  /**
   * A fresh client that speaks before it is connected, and again in the tick in which it is.
   * @returns the answers, in the order in which they came
   */
  async function speakAtOnce(way, n) {
    const peer = new Peer(server.url, { way });
    const answers = [];
    const ask = (event, ...args) =>
      peer.socket.emit(event, ...args, (answer) => answers.push([event, answer.success]));
    ask("start_chat", `${n}`);
    ask("send_message", { text: "before", clientId: "before" });
    peer.socket.once("connect", () => {
      ask("typing");
      ask("get_room_status");
      ask("leave_chat");
    });
    await peer.connected();
    await until(`the answers for ${n} over ${way}`, () => answers.length === 5);
    peer.leave();
    return answers;
  }

  test(`${FRESH} fresh connections: nothing is lost`, async () => {
    const ways = Object.keys(WAYS);
    for (let n = 0; n < FRESH; n += AT_ONCE) {
      const batch = Array.from({ length: AT_ONCE }, (_, at) =>
        speakAtOnce(ways[at % ways.length], n + at),
      );
      for (const answers of await Promise.all(batch)) {
        assert.deepEqual(
          answers.map(([event]) => event),
          ["start_chat", "send_message", "typing", "get_room_status", "leave_chat"],
        );
        assert.ok(answers.every(([event, success]) => success || event === "send_message"));
      }
    }
  });

  test("a client that does not even wait for the answer to its CONNECT loses nothing", async () => {
    const at = `${server.url}/socket.io/?EIO=4&transport=polling`;
    const open = await request(at);
    const session = `${at}&sid=${JSON.parse(open.body.slice(1)).sid}`;
    const packets = ["40", '420["start_chat","Ann"]', '421["send_message","hi"]', '42["leave_chat"]'];
    const body = packets.join("\x1e");
    const posted = await request(session, { method: "POST", body });
    assert.deepEqual([posted.status, posted.body], [200, "ok"]);
    const heard = [];
    const poll = async () => {
      heard.push(...(await request(session)).body.split("\x1e"));
      return heard.length >= 5;
    };
    await until("the answers", poll);
    const kinds = heard.map((packet) => /^4\d+(?:\["\w+")?/.exec(packet)?.[0]);
    const expected = ["40", "430", '42["user_joined"', "431", '42["receive_message"'];
    assert.deepEqual(kinds, expected);
    await request(session, { method: "POST", body: "1" });
  });
});

/**
 * The pair section of the contract, row by row, by one way of being connected.
 */
import { after, afterEach, before, describe, test } from "node:test";

import { errorSuite } from "./suite-errors.js";
import { partnerSuite } from "./suite-partner.js";
import { sendSuite } from "./suite-send.js";
import { startSuite } from "./suite-start.js";
import { Server } from "./server.js";
import { Stage } from "./stage.js";
import { until } from "./wait.js";

/** So long that no test takes as long, however busy the machine is. */
const TYPING_INTERVAL_MS = 600_000;

/** @param {keyof typeof import("./peer.js").WAYS} way */
export function pairSuite(way) {
  describe(`pair over ${way}`, () => {
    /** @type {Server} */
    let server;
    const stage = new Stage(undefined, way);
    before(async () => {
      server = await Server.start({
        LIMITS_ENABLED: false,
        PAIR_TYPING_INTERVAL_MS: TYPING_INTERVAL_MS,
      });
      stage.server = server;
    });
    afterEach(() => stage.clear());
    after(() => server?.stop());

    test("the transport is the one that was asked for", async () => {
      const peer = await stage.join();
      const expected = way === "polling" ? "polling" : "websocket";
      await until(`a transport called ${expected}`, () => peer.transport === expected);
    });
    startSuite(stage);
    sendSuite(stage);
    partnerSuite(stage);
    errorSuite(stage);
  });
}

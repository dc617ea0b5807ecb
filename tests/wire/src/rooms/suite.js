/**
 * The socket events of public rooms, row by row of the contract, by one way of being connected.
 */
import { after, afterEach, before, describe } from "node:test";

import { QUICK } from "../rest.js";
import { Server } from "../server.js";
import { Hall } from "./hall.js";
import { suiteErrors } from "./suite-errors.js";
import { suiteJoin } from "./suite-join.js";
import { suiteSend } from "./suite-send.js";

/** @param {keyof typeof import("../peer.js").WAYS} way */
export function roomsSuite(way) {
  describe(`rooms over ${way}`, () => {
    const hall = new Hall(undefined, way);
    before(async () => hall.open(await Server.start(QUICK)));
    afterEach(() => hall.clear());
    after(() => hall.server?.stop());
    suiteJoin(hall);
    suiteSend(hall);
    suiteErrors(hall);
  });
}

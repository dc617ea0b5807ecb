/**
 * The channels dialect, row by row and rule by rule of the contract, by one way of being connected.
 */
import { after, afterEach, before, describe } from "node:test";

import { QUICK } from "../rest.js";
import { Server } from "../server.js";
import { House } from "./house.js";
import { suiteJoin } from "./suite-join.js";
import { suiteMatrix } from "./suite-matrix.js";
import { suiteSay } from "./suite-say.js";

/** @param {keyof typeof import("../peer.js").WAYS} way */
export function channelsSuite(way) {
  describe(`channels over ${way}`, () => {
    const house = new House(undefined, way);
    before(async () => house.open(await Server.start({ ...QUICK, CONVERSATIONS_GRACE_MS: 300 })));
    afterEach(() => house.clear());
    after(() => house.server?.stop());
    suiteJoin(house);
    suiteSay(house);
    suiteMatrix(house);
  });
}

/**
 * A peer: socket.io on Bun, with Socket.IO's own engine for it.
 *
 *     bun server.mjs rooms|pairs 3000
 */
import process from "node:process";

import { Server as Engine } from "@socket.io/bun-engine";
import { Server } from "socket.io";

import { pairs } from "../pairs.mjs";
import { rooms } from "../rooms.mjs";

const [dialect, port] = process.argv.slice(2);
const io = new Server();
const engine = new Engine({ path: "/socket.io/" });
io.bind(engine);
({ rooms, pairs })[dialect](io);

export default {
  port: Number(port),
  hostname: "127.0.0.1",
  ...engine.handler(),
};

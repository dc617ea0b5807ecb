/**
 * A peer: socket.io on Node, with its default server of WebSockets, ws.
 *
 *     node server.mjs rooms|pairs 3000
 */
import { createServer } from "node:http";
import process from "node:process";

import { Server } from "socket.io";

import { pairs } from "../pairs.mjs";
import { rooms } from "../rooms.mjs";

const [dialect, port] = process.argv.slice(2);
const httpServer = createServer();
const io = new Server(httpServer, { serveClient: false });
// Socket.IO's page on memory usage: the first HTTP request need not be kept.
io.engine.on("connection", (rawSocket) => {
  rawSocket.request = null;
});
({ rooms, pairs })[dialect](io);
httpServer.listen(Number(port), "127.0.0.1");

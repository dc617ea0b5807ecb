/**
 * A client in a process of its own, that can be killed, stopped or cut off: starts a chat at the URL
 * and over the way that it is given, and says each thing that happens in a line.
 */
import http from "node:http";
import process from "node:process";

import { io } from "socket.io-client";

import { held } from "./held.js";
import { WAYS } from "./peer.js";

const [url, way] = process.argv.slice(2);
const say = (word) => process.stdout.write(`${word}\n`);

const agent = new http.Agent();
const socket = io(url, { transports: WAYS[way], reconnection: false, agent });
socket.on("connect_error", (error) => say(`error ${error.message}`));
socket.on("disconnect", (reason) => say(`disconnected ${reason}`));
socket.on("connect", () => {
  // Said once the pong has left: by polling, when the server has answered the POST.
  socket.io.engine.on("pong", () => socket.io.engine.once("drain", () => say("pong")));
  socket.emit("start_chat", "Child", async ({ success }) => {
    await held(socket, agent, WAYS[way]);
    say(success ? "seated" : "refused");
  });
});

/**
 * A client in a process of its own, that can be killed, stopped or cut off, at the URL and over the way
 * that it is given: starts a chat, or, with a token and a conversation, writes there. It says each thing
 * that happens in a line.
 */
import http from "node:http";
import process from "node:process";

import { io } from "socket.io-client";

import { held } from "./held.js";
import { WAYS } from "./peer.js";

const [url, way, token, conversationId] = process.argv.slice(2);
const say = (word) => process.stdout.write(`${word}\n`);

const agent = new http.Agent();
const auth = token === undefined ? {} : { token };
const socket = io(url, { transports: WAYS[way], reconnection: false, agent, auth });
socket.on("connect_error", (error) => say(`error ${error.message}`));
socket.on("disconnect", (reason) => say(`disconnected ${reason}`));
socket.on("connect", () => {
  // Said once the pong has left: by polling, when the server has answered the POST.
  socket.io.engine.on("pong", () => socket.io.engine.once("drain", () => say("pong")));
  const seated = async ({ success }) => {
    await held(socket, agent, WAYS[way]);
    say(success ? "seated" : "refused");
  };
  if (conversationId === undefined) socket.emit("start_chat", "Child", seated);
  else socket.emit("join_conversation", conversationId, () => socket.emit("typing", { conversationId }, seated));
});

/**
 * Whether a server must notice at once when a client's connections end.
 */
import { until } from "./wait.js";

/**
 * Waits until it must: over a WebSocket always; over polling while a poll is with the server. One
 * that is cut off between two polls, or in the middle of an upgrade, is missed by the heartbeat only.
 * @param {import("socket.io-client").Socket} socket
 * @param {import("node:http").Agent} agent all of the client's connections, and nobody else's
 * @param {readonly string[]} transports
 */
export async function held({ io }, agent, transports) {
  const isUpgraded = () => io.engine.transport.name === "websocket";
  const isPolling = () =>
    Object.values(agent.sockets)
      .flat()
      .some((connection) => connection && !connection.connecting && connection.bytesWritten > 0);
  const last = transports.at(-1);
  await until(`a connection that is held, over ${last}`, last === "polling" ? isPolling : isUpgraded);
}

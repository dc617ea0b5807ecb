import { io } from "socket.io-client";
import { Connection, type Network } from "./connection.ts";
import { PairClient, type PairSocket } from "./pair.ts";

export interface ClientOptions {
  /** The server's origin; the page's own without it. */
  readonly url?: string;
  readonly network: Network;
}

/** One connection to a Parlour server, and what can be done over it. */
export interface ParlourClient {
  readonly connection: Connection;
  readonly pair: PairClient;
}

/** Makes a client; it connects when `connection.open()` is called. */
export function createClient(options: ClientOptions): ParlourClient {
  const settings = {
    autoConnect: false,
    // `Connection` does it, and says when.
    reconnection: false,
    // One round trip to a working chat; long-polling where a proxy stops WebSocket.
    transports: ["websocket", "polling"],
    tryAllTransports: true,
  };
  const socket: PairSocket =
    options.url === undefined ? io(settings) : io(options.url, settings);
  return { connection: new Connection({ socket, network: options.network }), pair: new PairClient(socket) };
}

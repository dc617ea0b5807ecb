import { io } from "socket.io-client";
import type { ParlourSocket } from "./ask.ts";
import { AuthClient } from "./auth.ts";
import { ChannelsClient } from "./channels.ts";
import { Connection, type Network } from "./connection.ts";
import type { Result } from "./errors.ts";
import { platformNetwork } from "./network.ts";
import { DirectClient } from "./direct.ts";
import { HttpClient } from "./http.ts";
import { PairClient } from "./pair.ts";
import { PeopleClient } from "./people.ts";
import { RoomsClient } from "./rooms.ts";
import { SyncClient } from "./sync.ts";
import { TokenClient, type GetToken } from "./tokens.ts";

export interface ClientOptions {
  /** The server's origin; the page's own without it. */
  readonly url?: string;
  /** What the machine knows of its network; what the platform says, without it. */
  readonly network?: Network;
  /**
   * Asked for a token before each attempt to connect and each HTTP request. Without it a page of
   * the server's own origin is who its cookie says, and any other program is a stranger.
   */
  readonly getToken?: GetToken;
}

/** One connection to a Parlour server, and what can be done over it. */
export interface ParlourClient {
  readonly connection: Connection;
  readonly pair: PairClient;
  readonly rooms: RoomsClient;
  readonly direct: DirectClient;
  readonly channels: ChannelsClient;
  readonly people: PeopleClient;
  readonly auth: AuthClient;
  readonly tokens: TokenClient;
  /** Connects, if that was not begun yet; see `Connection.ready`. */
  readonly ready: () => Promise<Result<object>>;
}

/** Makes a client; it connects when `ready()` or `connection.open()` is called. */
export function createClient({ network = platformNetwork(), ...where }: ClientOptions = {}): ParlourClient {
  const settings = {
    autoConnect: false,
    // Else it would share the connection, and these settings, with a socket of the program's own.
    forceNew: true,
    // `Connection` does it, and says when.
    reconnection: false,
    // One round trip to a working chat; long-polling where a proxy stops WebSocket.
    transports: ["websocket", "polling"],
    tryAllTransports: true,
  };
  const socket: ParlourSocket = where.url === undefined ? io(settings) : io(where.url, settings);
  const token = where.getToken === undefined ? {} : { getToken: where.getToken };
  const http = new HttpClient(where);
  const sync = new SyncClient(socket);
  const connection = new Connection({ socket, network, ...token });
  return {
    connection,
    ready: () => {
      connection.open();
      return connection.ready();
    },
    pair: new PairClient(socket),
    rooms: new RoomsClient(socket, http, sync),
    direct: new DirectClient(socket, http, sync),
    channels: new ChannelsClient(socket, http, sync),
    people: new PeopleClient(http),
    auth: new AuthClient(http),
    tokens: new TokenClient(socket),
  };
}

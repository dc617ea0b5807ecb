/** Who is compared: where each is, what makes it, and how it is started. */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";

export const ROOT = resolve(import.meta.dirname, "../..");
/** Where cargo puts what it builds. */
export const TARGET = resolve(process.env.CARGO_TARGET_DIR ?? join(ROOT, "target"));
export const PEERS = join(ROOT, "bench/peers");
/** The peers in Rust have a workspace, and so a place, of their own. */
export const PEERS_TARGET = join(TARGET, "peers");

export const GENERATOR = join(TARGET, "release/parlour-loadtest");
const ROOMS = join(TARGET, "release/examples/rooms");
const PARLOUR = join(TARGET, "release/parlour");
const FLOOR = join(PEERS_TARGET, "release/peer-floor");
const SOCKETIOXIDE = join(PEERS_TARGET, "release/peer-socketioxide");
const BUN = join(PEERS, "bun/node_modules/@oven/bun-linux-x64/bin/bun");

const cargo = (directory, ...args) => ({
  command: "cargo",
  args: ["build", "--release", "--locked", ...args],
  directory,
});
const npm = (directory) => ({
  command: "npm",
  args: ["ci"],
  directory,
  makes: "node_modules/.package-lock.json",
  from: "package-lock.json",
});

/** What is built before anything is measured, the generator first. */
export const GENERATOR_BUILD = [cargo(ROOT, "-p", "loadtest")];

const locked = (peer, name) => {
  const lock = JSON.parse(readFileSync(join(PEERS, peer, "package-lock.json"), "utf8"));
  return lock.packages[`node_modules/${name}`].version;
};
const crateVersion = (lock, name) => {
  const text = readFileSync(lock, "utf8");
  return new RegExp(`name = "${name}"\\nversion = "([^"]+)"`).exec(text)?.[1];
};
const socketIo = (peer) => `socket.io ${locked(peer, "socket.io")}`;
const production = { NODE_ENV: "production" };

/** What signs the tokens of Parlour's accounts, in a server that lives for one run. */
const SECRET = randomBytes(32).toString("hex");

/**
 * `start` gives the command for a dialect and a port, or `undefined` if it does not speak that.
 * `generator` gives options for the generator that a server needs.
 *
 * @type {{id: string, name: string, build: object[], version: () => string, needs: string[],
 *   start: (dialect: "rooms" | "pairs", port: number) => {args: string[], env?: object} | undefined,
 *   generator?: (scenario: {dialect: string, command: string}) => object}[]}
 */
export const SERVERS = [
  {
    id: "parlour",
    name: "Parlour",
    build: [cargo(ROOT, "-p", "server")],
    needs: [PARLOUR],
    version: () => crateVersion(join(ROOT, "Cargo.lock"), "server"),
    start: (dialect, port) => ({
      args: [PARLOUR],
      env: {
        PARLOUR_LISTEN: `127.0.0.1:${port}`,
        PARLOUR_LIMITS_ENABLED: "false",
        // The default is what the largest scenario has in sockets alone; rooms are made beside them.
        PARLOUR_MAX_CONNECTIONS: "20000",
        ...(dialect === "rooms" ? { PARLOUR_JWT_SECRET: SECRET } : {}),
      },
    }),
    generator: ({ dialect, command }) => ({
      ...(dialect === "rooms" ? { "jwt-secret": SECRET } : {}),
      // A crowd that comes back: the others know no accounts and no members at all.
      ...(command === "storm" ? { members: true } : {}),
    }),
  },
  {
    id: "engine",
    name: "the engine",
    build: [cargo(ROOT, "-p", "socketio", "--example", "rooms")],
    needs: [ROOMS],
    version: () => crateVersion(join(ROOT, "Cargo.lock"), "socketio"),
    start: (dialect, port) =>
      dialect === "rooms" ? { args: [ROOMS, `127.0.0.1:${port}`] } : undefined,
  },
  {
    id: "node",
    name: "Node",
    build: [npm(join(PEERS, "node"))],
    needs: [join(PEERS, "node/node_modules/socket.io")],
    version: () =>
      `Node ${process.versions.node}, ${socketIo("node")}, ws ${locked("node", "ws")}`,
    start: (dialect, port) => ({
      args: [process.execPath, join(PEERS, "node/server.mjs"), dialect, String(port)],
      env: production,
    }),
  },
  {
    id: "bun",
    name: "Bun",
    build: [npm(join(PEERS, "bun"))],
    needs: [BUN],
    version: () =>
      `Bun ${locked("bun", "@oven/bun-linux-x64")}, ${socketIo("bun")}, ` +
      `bun-engine ${locked("bun", "@socket.io/bun-engine")}`,
    start: (dialect, port) => ({
      args: [BUN, join(PEERS, "bun/server.mjs"), dialect, String(port)],
      env: production,
    }),
  },
  {
    id: "socketioxide",
    name: "socketioxide",
    build: [cargo(PEERS, "--target-dir", PEERS_TARGET, "-p", "peer-socketioxide")],
    needs: [SOCKETIOXIDE],
    version: () => {
      const lock = join(PEERS, "Cargo.lock");
      return `${crateVersion(lock, "socketioxide")} on axum ${crateVersion(lock, "axum")}`;
    },
    start: (dialect, port) => ({ args: [SOCKETIOXIDE, dialect, `127.0.0.1:${port}`] }),
  },
  {
    id: "floor",
    name: "floor",
    build: [cargo(PEERS, "--target-dir", PEERS_TARGET, "-p", "peer-floor")],
    needs: [FLOOR],
    version: () => `tokio ${crateVersion(join(PEERS, "Cargo.lock"), "tokio")}, one thread`,
    start: (dialect, port) =>
      dialect === "rooms" ? { args: [FLOOR, `127.0.0.1:${port}`] } : undefined,
  },
];

/** The server of an id. */
export const serverOf = (id) => SERVERS.find((server) => server.id === id);

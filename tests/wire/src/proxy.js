/**
 * A network between clients and a server that can be cut: everything is passed on, until it is not.
 */
import { once } from "node:events";
import net from "node:net";
import { URL } from "node:url";

export class Proxy {
  /** @type {Set<net.Socket>} both ends of each connection */
  #open = new Set();
  #isCut = false;
  /** How much may still pass to the clients before the next cut. */
  #allowance = Infinity;
  /** Cuts made so far. */
  cuts = 0;
  /** Where clients connect. */
  url = "";

  /** @param {string} serverUrl */
  constructor(serverUrl) {
    const { hostname, port } = new URL(serverUrl);
    this.server = net.createServer((client) => {
      // Refused, as far as a client can tell.
      if (this.#isCut) return client.resetAndDestroy();
      this.#pass(client, net.connect({ host: hostname, port: Number(port), noDelay: true }));
    });
  }

  /** @param {string} serverUrl */
  static async start(serverUrl) {
    const proxy = new Proxy(serverUrl);
    proxy.server.listen(0, "127.0.0.1");
    await once(proxy.server, "listening");
    const address = /** @type {net.AddressInfo} */ (proxy.server.address());
    proxy.url = `http://127.0.0.1:${address.port}`;
    return proxy;
  }

  #pass(client, server) {
    client.setNoDelay(true);
    for (const [end, other] of [[client, server], [server, client]]) {
      this.#open.add(end);
      end.on("error", () => {});
      end.on("close", () => {
        this.#open.delete(end);
        other.destroy();
      });
    }
    client.on("data", (bytes) => server.write(bytes));
    server.on("data", (bytes) => {
      if (bytes.length <= this.#allowance) {
        this.#allowance -= bytes.length;
        client.write(bytes);
        return;
      }
      // What was allowed arrives, and nothing behind it.
      client.write(bytes.subarray(0, this.#allowance), () => this.#reset());
      this.#allowance = Infinity;
      server.pause();
    });
  }

  #reset() {
    this.cuts += 1;
    for (const end of this.#open) end.resetAndDestroy();
  }

  /** Cuts every connection, and takes no new ones until it is mended. */
  cut() {
    this.#isCut = true;
    this.#reset();
  }

  /**
   * New connections pass again; all are cut once more when so many bytes have gone to the clients.
   * @param {number} [bytes]
   */
  mend(bytes = Infinity) {
    this.#isCut = false;
    this.#allowance = bytes;
  }

  close() {
    this.cut();
    this.server.close();
  }
}

/**
 * A second network on this machine, with one cable to it that can be cut: a network namespace and a
 * pair of virtual Ethernet devices. Needs root and iproute2.
 */
import { execFile, spawnSync } from "node:child_process";
import process from "node:process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Runs `ip`, and says what is needed where that fails. */
async function ip(...args) {
  try {
    await run("ip", args);
  } catch (error) {
    const why = error.code === "ENOENT" ? "there is no `ip`" : (error.stderr?.trim() ?? error);
    throw new Error(
      `\`ip ${args.join(" ")}\`: ${why}. This test cuts a cable: run it as root, with iproute2 ` +
        "installed, where network namespaces are allowed.",
      { cause: error },
    );
  }
}

export class Network {
  /** @type {Set<Network>} */
  static laid = new Set();

  /** Made from the process's id, so that two runs do not meet. */
  #name = `parlour${process.pid}`;
  #near = `pw${process.pid}a`;
  #far = `pw${process.pid}b`;
  /** A /30 of 198.18.0.0/15, which is set aside for such tests (RFC 2544). */
  #prefix = `198.18.${(process.pid >> 6) & 255}`;
  #first = (process.pid & 63) << 2;

  /** The address of this side of the cable. */
  get address() {
    return `${this.#prefix}.${this.#first + 1}`;
  }

  /** The command that runs another command on the far side. */
  get wrapper() {
    return ["ip", "netns", "exec", this.#name];
  }

  static async lay() {
    const network = new Network();
    Network.laid.add(network);
    try {
      await network.#lay();
    } catch (error) {
      network.remove();
      throw error;
    }
    return network;
  }

  async #lay() {
    const far = ["-n", this.#name];
    await ip("netns", "add", this.#name);
    await ip("link", "add", this.#near, "type", "veth", "peer", "name", this.#far, "netns", this.#name);
    await ip("address", "add", `${this.address}/30`, "dev", this.#near);
    const there = `${this.#prefix}.${this.#first + 2}/30`;
    await ip(...far, "address", "add", there, "dev", this.#far);
    await ip("link", "set", this.#near, "up");
    await ip(...far, "link", "set", this.#far, "up");
  }

  /** Cuts the cable: from now on every packet, either way, is lost without a word. */
  cut() {
    return ip("-n", this.#name, "link", "set", this.#far, "down");
  }

  /** Mends it again. */
  mend() {
    return ip("-n", this.#name, "link", "set", this.#far, "up");
  }

  /** Takes everything away, if it is there: the other end of the cable goes with this one. */
  remove() {
    Network.laid.delete(this);
    spawnSync("ip", ["link", "delete", this.#near]);
    spawnSync("ip", ["netns", "delete", this.#name]);
  }
}

process.on("exit", () => {
  for (const network of Network.laid) network.remove();
});

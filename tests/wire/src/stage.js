/**
 * The people of one test, on one server, by one way of being connected.
 */
import assert from "node:assert/strict";

import { Peer } from "./peer.js";

/** See above. Pairing is the whole server's, so only one stage is on a server at a time. */
export class Stage {
  /** @type {Peer[]} */
  peers = [];

  /**
   * @param {import("./server.js").Server} server
   * @param {keyof typeof import("./peer.js").WAYS} way
   */
  constructor(server, way) {
    this.server = server;
    this.way = way;
  }

  /** Connects one more. */
  async join(options = {}) {
    const peer = new Peer(this.server.url, { way: this.way, ...options });
    this.peers.push(peer);
    await peer.connected();
    return peer;
  }

  /** Ann waits in a fresh room. */
  async waiting() {
    const ann = await this.join();
    const { roomId } = await ann.succeed("start_chat", "Ann");
    await ann.hears("ack", "user_joined");
    return { ann, roomId };
  }

  /** Ann and Bob talk; what was said of it so far is read. */
  async talking() {
    const { ann } = await this.waiting();
    const bob = await this.join();
    const { roomId, users } = await bob.succeed("start_chat", "Bob");
    await bob.hears("ack", "user_joined", "chat_history");
    const [seen] = await ann.hears("user_joined", "chat_history");
    assert.equal(seen.roomId, roomId);
    /** What each is called towards the other. */
    const masks = { ann: users[0].socketId, bob: seen.users[1].socketId };
    return { ann, bob, roomId, masks };
  }

  /** Sends everybody home. Nobody may have heard anybody else's real id, and nothing is left. */
  async clear() {
    const peers = this.peers.splice(0);
    for (const peer of peers) peer.leave();
    await this.server.empty();
    for (const peer of peers) {
      const heard = JSON.stringify(peer.log);
      for (const { id } of peers) {
        assert.ok(id === peer.id || !heard.includes(id), `${peer.id} heard of ${id}`);
      }
    }
  }
}

/**
 * People in channels, and what they hear there.
 */
import assert from "node:assert/strict";

import { Hall } from "../rooms/hall.js";
import { until } from "../wait.js";

/** Where channels are. */
const CHANNELS = "/api/channels";

/** The two families of events: what a join is called, and what is heard after it. */
export const FAMILIES = {
  joinRoom: {
    join: "joinRoom",
    leave: "leaveRoom",
    say: "roomMessage",
    place: "roomId",
    sent: "roomMessageSent",
    received: "roomMessageRecieved",
    confirmed: "roomMessageConfirmed",
    failed: "roomMessageFailed",
  },
  joinChannel: {
    join: "joinChannel",
    leave: "leaveChannel",
    say: "NEW_MESSAGE",
    place: "channelId",
    sent: "channelMessageSent",
    received: "NEW_MESSAGE_RECEIVED",
    confirmed: "channelMessageConfirmed",
    failed: "channelMessageFailed",
  },
};

/** What is said of who comes and goes. */
const COMINGS = new Set(["user_joined", "user_left", "active_count", "user_online", "user_offline"]);

/** The messages that a socket has heard of, and what became of them: all but comings and goings. */
export function said(ear) {
  return ear.log.filter(({ name }) => !COMINGS.has(name));
}

/** Waits until a socket has heard just these, besides comings and goings; their payloads. */
export async function hearsJust(ear, ...names) {
  await until(`${names} for ${ear.id}`, () => said(ear).length >= names.length).catch((error) => {
    throw new Error(`${error.message}; there are ${said(ear).map(({ name }) => name)}`);
  });
  await ear.status();
  const heard = said(ear);
  const what = JSON.stringify(heard.map(({ payload }) => payload));
  assert.deepEqual(heard.map(({ name }) => name), names, what);
  ear.log.length = 0;
  return heard.map(({ payload }) => payload);
}

/** Rooms' hall, with channels. */
export class House extends Hall {
  /** Makes a channel; its id. */
  async makes(person, visibility = "public", more = {}) {
    const json = { name: "Channel", visibility, ...more };
    const { channel } = await this.rest.succeed(201, "POST", CHANNELS, {
      token: person.token,
      json,
    });
    assert.equal(channel.ownerId, person.id);
    return channel._id;
  }

  /** Posts over HTTP; the stored message. */
  async posts(person, channelId, body, more = {}) {
    const json = { body, ...more };
    const path = `${CHANNELS}/${channelId}/messages`;
    const options = { token: person.token, json };
    return (await this.rest.succeed(201, "POST", path, options)).message;
  }

  /** The newest messages. */
  async reads(person, channelId, query = "limit=100") {
    const path = `${CHANNELS}/${channelId}/messages?${query}`;
    return (await this.rest.succeed(200, "GET", path, { token: person.token })).messages;
  }
}

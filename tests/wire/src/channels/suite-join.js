/**
 * Who may listen to what, and who hears of it.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import { FAMILIES, hearsJust } from "./house.js";

/** @param {import("./house.js").House} house */
export function suiteJoin(house) {
  test("a join is answered with who is connected, and the others hear of it", async () => {
    const [ann, bob] = [await house.person("Ann"), await house.person("Bob")];
    const channelId = await house.makes(ann);
    const one = await ann.ear();
    const first = await one.succeed("joinRoom", { roomId: channelId });
    const connected = (person, ear) => ({ userId: person.id, socketId: ear.id, user: person.user });
    assert.deepEqual(first, {
      success: true,
      connectedUsers: [connected(ann, one)],
      activeCount: 1,
    });
    const two = await bob.ear();
    const second = await two.succeed("joinChannel", channelId);
    assert.deepEqual(second.connectedUsers, [connected(ann, one), connected(bob, two)]);
    assert.deepEqual(await one.next("user_joined"), {
      roomId: channelId,
      ...connected(bob, two),
      userName: bob.name,
      activeCount: 2,
    });
    // Another socket of the same account is no news; the account leaves with its last.
    const three = await bob.ear();
    await three.succeed("joinChannel", { channelId });
    await two.succeed("leaveChannel", { channelId });
    await two.succeed("leaveChannel", { channelId });
    await three.succeed("leaveChannel", channelId);
    assert.deepEqual(await one.next("user_left"), {
      roomId: channelId,
      userId: bob.id,
      userName: bob.name,
      activeCount: 1,
    });
    // Who joins a public channel is a member.
    await two.succeed("mark_read", { channelId });
  });

  test("anything that the user may enter, and nothing else", async () => {
    const [ann, bob, gus] = [await house.person("Ann"), await house.person("Bob"), await house.guest()];
    const room = await ann.makes();
    const [open, closed] = [await house.makes(ann), await house.makes(ann, "private")];
    const direct = `conv_${ann.id}_${bob.id}`;
    const ears = { ann: await ann.ear(), bob: await bob.ear(), gus: await gus.ear() };
    const eve = await (await house.person("Eve")).ear();
    for (const { join, place } of Object.values(FAMILIES)) {
      for (const id of [room._id, open, closed, direct]) {
        await ears.ann.succeed(join, { [place]: id });
      }
      for (const id of [room._id, open]) await ears.gus.succeed(join, id);
      await ears.bob.succeed(join, direct);
      await ears.bob.refused("not_found", join, closed);
      await ears.gus.refused("not_found", join, closed);
      await ears.gus.refused("forbidden", join, direct);
      await eve.refused("not_found", join, direct);
      for (const id of ["channel_nowhere", "room_nowhere", "pair_nowhere", 7]) {
        await eve.refused("not_found", join, id);
      }
      await eve.refused("invalid_payload", join);
      await eve.refused("invalid_payload", join, null);
      await eve.refused("invalid_payload", join, { [place]: null });
      await eve.refused("invalid_payload", join, { [place]: ["x"] });
      await eve.refused("invalid_payload", join, { roomId: open, channelId: closed });
    }
    await (await house.visitor()).refused("unauthenticated", "joinRoom", open);
    await hearsJust(eve);
  });

  test("a socket that vanishes leaves after its grace", async () => {
    const [ann, bob] = [await house.person("Ann"), await house.person("Bob")];
    const channelId = await house.makes(ann);
    const one = await ann.ear();
    await one.succeed("joinChannel", channelId);
    const two = await bob.ear();
    await two.succeed("joinChannel", channelId);
    await one.next("user_joined");
    two.leave();
    assert.equal((await one.next("user_left")).userId, bob.id);
  });

  test("a membership that ends over HTTP ends the listening of all its sockets", async () => {
    const [ann, bob] = [await house.person("Ann"), await house.person("Bob")];
    const channelId = await house.makes(ann);
    const [one, two] = [await ann.ear(), await bob.ear()];
    await one.succeed("joinChannel", channelId);
    await two.succeed("joinRoom", channelId);
    await house.rest.succeed(200, "DELETE", `/api/channels/${channelId}/leave`, { token: bob.token });
    await one.succeed("NEW_MESSAGE", { channelId, body: "hello", tempId: "t" });
    await hearsJust(one, "channelMessageSent", "channelMessageConfirmed");
    await hearsJust(two);
    await two.refused("not_in_room", "roomMessage", { roomId: channelId, body: "hello?" });
  });
}

/**
 * Whether a socket has an account: what needs one is answered `unauthenticated` to a stranger, and
 * otherwise to anybody else.
 */

/** @param {import("./peer.js").Peer} peer */
export async function isSignedIn(peer) {
  const answer = await peer.ask("join_room", { roomId: "there is no such room" });
  return answer.error?.code !== "unauthenticated";
}

import { aMessage } from "@parlour/sdk/fake-rooms";
import type { Outgoing } from "@parlour/sdk/outgoing";
import { expect, it } from "vitest";
import { ROOM_MESSAGES } from "./message-readers.ts";
import { ownEarly } from "./own-early.ts";

const SELF = "ada";

function outgoing(clientId: string): Outgoing {
  return { clientId, conversationId: "tea", text: "Hello", at: 0, isKept: true, status: { kind: "sending" } };
}

it("is what one has said, in order, each once, and nothing of others", () => {
  const early = [
    aMessage(9, { sender: SELF, clientId: "b" }),
    aMessage(8),
    aMessage(7, { sender: SELF, clientId: "a" }),
  ];
  const rows = ownEarly({ early, outgoing: [outgoing("b"), outgoing("c")] }, { read: ROOM_MESSAGES, self: SELF });
  expect(rows.map(({ key, kind }) => `${key} ${kind}`)).toEqual(["a message", "b message", "c outgoing"]);
});

import { aMessage } from "@parlour/sdk/fake-rooms";
import type { Outgoing } from "@parlour/sdk/outgoing";
import { expect, it } from "vitest";
import { ROOM_MESSAGES } from "./message-readers.ts";
import { ownEarly } from "./own-early.ts";

const SELF = "ada";

function outgoing(clientId: string): Outgoing {
  return { clientId, conversationId: "tea", text: "Hello", at: 0, isKept: true, status: { kind: "sending" } };
}

it("is what one has written here, in order, each once, and nothing of others or of before", () => {
  const messages = [
    aMessage(9, { sender: SELF, clientId: "b" }),
    aMessage(8, { clientId: "a" }),
    aMessage(7, { sender: SELF, clientId: "a" }),
    aMessage(6, { sender: SELF, clientId: "earlier" }),
    aMessage(5, { sender: SELF }),
  ];
  const written = new Set(["a", "b", "c"]);
  const rows = ownEarly({ messages, outgoing: [outgoing("b"), outgoing("c")], written }, { read: ROOM_MESSAGES, self: SELF });
  expect(rows.map(({ key, kind }) => `${key} ${kind}`)).toEqual(["a message", "b message", "c outgoing"]);
});

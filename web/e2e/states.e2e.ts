import type { ConnectionState } from "@parlour/sdk/connection";
import { describe, expect, it } from "vitest";
import type { BubbleStatus } from "../src/components/timeline/MessageBubble.tsx";
import type { Phase } from "../src/model/stranger-state.ts";
import { invite, is, makeChannel, openChannel } from "./channels.ts";
import { comeIntoDirect, find, lastIs, openWith } from "./direct.ts";
import { UNREACHABLE, useParlour } from "./parlour.ts";
import { isGoodInEveryLook } from "./visits.ts";

const PRETTY = { reducedMotion: "reduce" } as const;

/** What is drawn differently: all that the types know. A connection that is being made is in no hurry to be seen. */
type State =
  | `stranger ${Exclude<Phase["kind"], "idle">}`
  | `message ${BubbleStatus}`
  | `connection ${Extract<ConnectionState["kind"], "reconnecting" | "offline">}`;

describe("every state", () => {
  const parlour = useParlour({}, { isFaulty: true });
  const seen = new Set<State>();
  const ALL: Readonly<Record<State, true>> = {
    "stranger starting": true,
    "stranger waiting": true,
    "stranger talking": true,
    "stranger left": true,
    "stranger lost": true,
    "message sent": true,
    "message read": true,
    "message sending": true,
    "message storing": true,
    "message waiting": true,
    "message failed": true,
    "message unconfirmed": true,
    "connection reconnecting": true,
    "connection offline": true,
  };

  it("of a stranger chat has nothing that axe would find", async () => {
    const ada = await parlour.open("Ada", PRETTY);
    const look = async (state: State): Promise<void> => {
      await isGoodInEveryLook(ada, state.replace(" ", "-"));
      seen.add(state);
    };
    await ada.start();
    await ada.isWaiting();
    await look("stranger waiting");
    const mara = await parlour.open("Mara", PRETTY);
    await mara.start();
    await ada.isTalkingTo("Mara");
    await mara.say("Hello");
    await ada.reads("Hello");
    await ada.say("Hello yourself");
    await ada.log.getByText("sent", { exact: true }).waitFor();
    await mara.field.pressSequentially("so");
    await ada.text("Mara is typing").waitFor();
    await look("stranger talking");
    await mara.button("Leave").click();
    await ada.text("Mara left").waitFor();
    await look("stranger left");
    parlour.freezeServer();
    await ada.button("Leave").click();
    await ada.start();
    await ada.text("Looking for someone…").waitFor();
    await look("stranger starting");
    parlour.thawServer();
    await ada.isWaiting();
    // Nobody is put together again with whom they have just left.
    const tom = await parlour.open("Tom", PRETTY);
    await tom.start();
    await ada.isTalkingTo("Tom");
    parlour.expectTrouble(UNREACHABLE);
    await parlour.killServer();
    await ada.text(/that chat has ended/u).waitFor();
    await look("stranger lost");
    await ada.page.getByText(/^Reconnecting/u).first().waitFor();
    await look("connection reconnecting");
  });

  it("of a message has nothing that axe would find", async () => {
    const ada = await parlour.open("Ada", PRETTY);
    const look = async (state: State, person = ada): Promise<void> => {
      await isGoodInEveryLook(person, state.replace(" ", "-"));
      seen.add(state);
    };
    await comeIntoDirect(ada, "ada", "Ada Lovelace");
    const mara = await parlour.open("Mara", PRETTY);
    await comeIntoDirect(mara, "mara");
    await find(ada, "mara", "mara");
    await ada.say("Sent to you");
    await lastIs(ada, "sent");
    await look("message sent");
    await openWith(mara, "Ada Lovelace");
    await lastIs(ada, "read");
    await look("message read");
    parlour.freezeServer();
    await ada.say("On its way");
    await ada.page.getByRole("log").getByText("being sent").waitFor();
    await look("message sending");
    parlour.thawServer();
    await lastIs(ada, "read");
    await ada.goTo("/channels");
    await makeChannel(ada, "Engines", { visibility: "Private" });
    await invite(ada, "mara");
    await mara.goTo("/channels");
    await openChannel(mara, "Engines");
    await mara.field.waitFor();
    await parlour.disk("sync", { delayMs: 12_000 });
    await ada.say("Not on the disk yet");
    await is(mara, "Not on the disk yet", "Not confirmed yet:");
    await is(ada, "Not on the disk yet", "being stored");
    await Promise.all([look("message unconfirmed", mara), look("message storing")]);
    // It was so until the last look.
    await is(mara, "Not on the disk yet", "Not confirmed yet:");
    await is(ada, "Not on the disk yet", "being stored");
    await parlour.disk("sync", {});
    await is(ada, "Not on the disk yet", /^sent$/u);
    await parlour.disk("write", { errno: 28 });
    await ada.say("Into a full disk");
    await is(ada, "Into a full disk", /Not sent\./u);
    await look("message failed");
    await parlour.disk("write", {});
    parlour.expectTrouble(UNREACHABLE);
    await ada.page.context().setOffline(true);
    await ada.page.getByText(/You are offline|offline/u).first().waitFor();
    await look("connection offline");
    await ada.say("For later");
    await ada.page.getByRole("log").getByText("Sent once you are connected").waitFor();
    await look("message waiting");
  });

  it("was looked at", () => expect([...seen].sort()).toEqual(Object.keys(ALL).sort()));
});

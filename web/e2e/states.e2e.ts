import type { ConnectionState } from "@parlour/sdk/connection";
import type { OutgoingStatus } from "@parlour/sdk/outgoing";
import { describe, expect, it } from "vitest";
import type { BubbleStatus } from "../src/components/timeline/MessageBubble.tsx";
import type { LineStatus } from "../src/model/line.ts";
import type { Phase } from "../src/model/stranger-state.ts";
import { api } from "./api.ts";
import { invite, is, makeChannel, openChannel, sayInVain } from "./channels.ts";
import { comeIntoDirect, find, lastIs, openWith } from "./direct.ts";
import { UNREACHABLE, useParlour } from "./parlour.ts";
import { CONDITIONS, makeScene, PART_VISITS, SPOT_VISITS, visitParts, type Area, type Part, type Spot } from "./parts.ts";
import { isGoodInEveryLook } from "./visits.ts";

const PRETTY = { reducedMotion: "reduce" } as const;

/**
 * What is drawn differently: all that the types know. A connection that is being made is in no hurry to be seen.
 * What is refused may fail again: a stranger's line cannot be sent another time then.
 */
type State =
  | `stranger ${Exclude<Phase["kind"], "idle">}`
  | `line ${LineStatus["kind"] | "refused"}`
  | `message ${BubbleStatus}`
  | `outgoing ${OutgoingStatus["kind"] | "refused"}`
  | `connection ${Extract<ConnectionState["kind"], "reconnecting" | "offline">}`;

describe("every state", () => {
  const parlour = useParlour({ PARLOUR_PAIR_WAITING_LINES: "2" }, { isFaulty: true });
  const seen = new Set<State>();
  const ALL: Readonly<Record<State, true>> = {
    "stranger starting": true,
    "stranger waiting": true,
    "stranger talking": true,
    "stranger left": true,
    "stranger lost": true,
    "line pending": true,
    "line sent": true,
    "line failed": true,
    "line refused": true,
    "message sent": true,
    "message read": true,
    "message sending": true,
    "message storing": true,
    "message waiting": true,
    "message failed": true,
    "message unconfirmed": true,
    "outgoing queued": true,
    "outgoing sending": true,
    "outgoing shown": true,
    "outgoing unanswered": true,
    "outgoing failed": true,
    "outgoing refused": true,
    "connection reconnecting": true,
    "connection offline": true,
  };

  it("of a stranger chat has nothing that axe would find", async () => {
    const ada = await parlour.open("Ada", PRETTY);
    const look = async (...states: State[]): Promise<void> => {
      await isGoodInEveryLook(ada, states.join("-").replaceAll(" ", "-"));
      for (const state of states) seen.add(state);
    };
    await ada.start();
    await ada.isWaiting();
    for (const text of ["Is there", "anybody", "out there?"]) await ada.say(text);
    await ada.log.getByText(/Not sent\./u).waitFor();
    await ada.button("Retry").waitFor();
    await look("stranger waiting", "line failed");
    const mara = await parlour.open("Mara", PRETTY);
    await mara.start();
    await ada.isTalkingTo("Mara");
    await mara.say("Hello");
    await ada.reads("Hello");
    await ada.say("Hello yourself");
    await ada.log.getByText("sent", { exact: true }).first().waitFor();
    await mara.typesUntil(ada.text("Mara is typing"));
    await look("stranger talking", "line sent");
    await parlour.freezeServer();
    await ada.slowly(async () => {
      await ada.say("Are you still there?");
      await ada.log.getByText("being sent").waitFor();
      await look("line pending");
      await ada.log.getByText("being sent").waitFor();
    });
    parlour.thawServer();
    await ada.log.getByText("being sent").waitFor({ state: "detached" });
    await mara.button("Leave").click();
    await ada.text("Mara left").waitFor();
    await ada.button("Delete").waitFor();
    expect(await ada.button("Retry").count()).toBe(0);
    await look("stranger left", "line refused");
    await parlour.freezeServer();
    await ada.slowly(async () => {
      await ada.button("Leave").click();
      await ada.start();
      await ada.text("Looking for someone…").waitFor();
      await look("stranger starting");
      await ada.text("Looking for someone…").waitFor();
    });
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
    const look = async (states: readonly State[], person = ada): Promise<void> => {
      await isGoodInEveryLook(person, states.join("-").replaceAll(" ", "-"));
      for (const state of states) seen.add(state);
    };
    await comeIntoDirect(ada, "ada", "Ada Lovelace");
    const mara = await parlour.open("Mara", PRETTY);
    await comeIntoDirect(mara, "mara");
    await find(ada, "mara", "mara");
    await ada.say("Sent to you");
    await lastIs(ada, "sent");
    await look(["message sent"]);
    await openWith(mara, "Ada Lovelace");
    await lastIs(ada, "read");
    await look(["message read"]);
    await parlour.freezeServer();
    await ada.slowly(async () => {
      await ada.say("On its way");
      await ada.page.getByRole("log").getByText("being sent").waitFor();
      await look(["message sending", "outgoing sending"]);
      await ada.page.getByRole("log").getByText("being sent").waitFor();
    });
    parlour.thawServer();
    await lastIs(ada, "read");
    const { user } = await api<{ user: { id: string } }>(ada, "GET", "/auth/me");
    await api(mara, "POST", `/users/${user.id}/block`);
    await ada.say("Do you hear me?");
    await ada.page.getByRole("log").getByText(/Not sent\. .*cannot be written to/u).waitFor();
    await look(["outgoing refused"]);
    await ada.button("Delete").click();
    await api(mara, "DELETE", `/users/${user.id}/block`);
    await ada.goTo("/channels");
    await makeChannel(ada, "Engines", { visibility: "Private" });
    await invite(ada, "mara");
    await mara.goTo("/channels");
    await openChannel(mara, "Engines");
    await mara.field.waitFor();
    await parlour.freezeServer();
    await ada.slowly(async () => {
      await sayInVain(ada, "Into the silence");
      await look(["outgoing unanswered"]);
      await is(ada, "Into the silence", /No answer yet/u);
    });
    parlour.thawServer();
    await is(ada, "Into the silence", /^sent$/u);
    await parlour.disk("sync", { isHeld: true });
    await ada.slowly(async () => {
      await ada.say("Not on the disk yet");
      await mara.slowly(async () => {
        await is(mara, "Not on the disk yet", "Not confirmed yet:");
        await is(ada, "Not on the disk yet", "being stored");
        await Promise.all([look(["message unconfirmed"], mara), look(["message storing", "outgoing shown"])]);
        // It was so until the last look.
        await is(mara, "Not on the disk yet", "Not confirmed yet:");
        await is(ada, "Not on the disk yet", "being stored");
      });
    });
    await parlour.disk("sync", {});
    await is(ada, "Not on the disk yet", /^sent$/u);
    await parlour.disk("write", { errno: 28 });
    await ada.say("Into a full disk");
    await is(ada, "Into a full disk", /Not sent\./u);
    await look(["message failed", "outgoing failed"]);
    await parlour.disk("write", {});
    parlour.expectTrouble(UNREACHABLE);
    await ada.page.context().setOffline(true);
    await ada.page.getByText(/You are offline|offline/u).first().waitFor();
    await look(["connection offline"]);
    await ada.say("For later");
    await ada.page.getByRole("log").getByText("Sent once you are connected").waitFor();
    await look(["message waiting", "outgoing queued"]);
  });

  it("was looked at", () => expect([...seen].sort()).toEqual(Object.keys(ALL).sort()));
});

describe("every part of the page", () => {
  const parlour = useParlour({ PARLOUR_LIMITS_ENABLED: "false" });

  it("while it loads, without entries, and where it failed, has nothing that axe would find", async () => {
    const scene = await makeScene(parlour);
    const look = async (name: string): Promise<void> => {
      await scene.ada.isAccessible();
      await scene.ada.fitsSideways();
      if (process.env.E2E_LOOKS !== undefined) await scene.ada.shot(`part-${name.replaceAll(" ", "-")}`);
    };
    const areas: Readonly<Record<Area, true>> = { rooms: true, direct: true, channels: true };
    const seen: Part[] = [];
    for (const condition of CONDITIONS) {
      for (const area of Object.keys(areas) as Area[]) {
        for (const from of ["area", "open"] as const) {
          await visitParts(scene, { area, from }, condition, async (part) => {
            await look(`${part} ${condition}`);
            seen.push(part);
          });
        }
      }
    }
    const parts = Object.keys(PART_VISITS);
    expect(seen.toSorted()).toEqual(CONDITIONS.flatMap(() => parts).sort());
    parlour.expectTrouble(UNREACHABLE);
    for (const [spot, visit] of Object.entries(SPOT_VISITS) as [Spot, (typeof SPOT_VISITS)[Spot]][]) {
      await visit(scene);
      await look(spot);
    }
  });
});

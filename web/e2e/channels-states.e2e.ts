import { describe, it } from "vitest";
import { goOffline } from "./barred.ts";
import { comeIntoChannels, is, joinChannel, makeChannel } from "./channels.ts";
import { DARK, LIGHT, PHONE } from "./looks.ts";
import { messages } from "./messages.ts";
import { UNREACHABLE, useParlour } from "./parlour.ts";

const parlour = useParlour({}, { isFaulty: true });

describe("how far a message has come", () => {
  it.each([
    ["light", LIGHT],
    ["dark", DARK],
    ["phone", PHONE],
  ] as const)("is plain to see, and axe finds nothing: %s", async (name, options) => {
    const ada = await parlour.open("Ada", options);
    await comeIntoChannels(ada, "ada", "Ada Lovelace");
    await makeChannel(ada, "Engines");
    const mara = await parlour.open("Mara", options);
    await comeIntoChannels(mara, "mara", "Mara Okafor");
    await joinChannel(mara, "Engines");
    await ada.say("This one is stored");
    await is(ada, "This one is stored", /^sent$/u);
    await parlour.disk("write", { errno: 28 });
    await ada.say("For this one the disk has no room");
    await is(ada, "For this one the disk has no room", /Not sent\./u);
    await parlour.disk("write", {});
    await mara.say("For this one it has");
    await is(mara, "For this one it has", /^sent$/u);
    await parlour.disk("sync", { isHeld: true });
    await ada.say("Nobody says what became of this one");
    await is(ada, "Nobody says what became of this one", "being stored");
    await ada.later(10_000);
    await is(ada, "Nobody says what became of this one", /No answer yet/u);
    await ada.say("This one is shown and not stored yet");
    await is(ada, "This one is shown and not stored yet", "being stored");
    await is(mara, "This one is shown and not stored yet", "Not confirmed yet:");
    await ada.shot(`channel-states-${name}`);
    await mara.shot(`channel-states-others-${name}`);
    await ada.isAccessible();
    await ada.fitsSideways();
    await parlour.disk("sync", {});
    await messages(ada).getByText("being stored").waitFor({ state: "detached" });
    await messages(mara).getByText("Not confirmed yet:").waitFor({ state: "detached" });
    parlour.expectTrouble(UNREACHABLE);
    await goOffline(ada);
    await ada.say("Written without a connection");
    await is(ada, "Written without a connection", "Sent once you are connected");
    await ada.isAccessible();
    await ada.shot(`channel-states-offline-${name}`);
  });
});

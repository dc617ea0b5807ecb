import { describe, expect, it } from "vitest";
import { PASSWORD } from "./account.ts";
import { channelsAreThere, comeIntoChannels, heading, invite, is, isIn, item, joinChannel, makeChannel, openChannel, search } from "./channels.ts";
import { CONTRAST, DARK, LIGHT, NARROW, PHONE } from "./looks.ts";
import { messages, readsOnce } from "./messages.ts";
import { useParlour } from "./parlour.ts";

const parlour = useParlour({}, { isFaulty: true });
const LONG_NAME = "The society for the appreciation of very long names that go on and on and on";
const LONG_WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk".repeat(6);

describe("the channels", () => {
  it.each([
    ["light", LIGHT],
    ["dark", DARK],
    ["contrast", CONTRAST],
  ] as const)("have nothing that axe would find, in %s", async (name, options) => {
    const ada = await parlour.open("Ada", options);
    await comeIntoChannels(ada, "ada", "Ada Lovelace");
    await ada.text("There is no channel yet. Make the first one.").waitFor();
    await ada.isAccessible();
    await ada.shot(`channels-none-${name}`);
    await ada.button("New channel").click();
    await ada.page.getByRole("dialog").waitFor();
    await ada.isAccessible();
    await ada.shot(`channels-new-${name}`);
    await ada.page.keyboard.press("Escape");
    await makeChannel(ada, "Tea, privately", { visibility: "Private" });
    await makeChannel(ada, "Tea", { description: "Leaves and what to do with them" });
    const mara = await parlour.open("Mara", options);
    await comeIntoChannels(mara, "mara");
    await joinChannel(mara, "Tea");
    await ada.say("Hello. Look: https://example.org/");
    await is(ada, "Hello.", /^sent$/u);
    await mara.say("Hello yourself");
    await readsOnce(ada, "Hello yourself");
    await parlour.disk("sync", { isHeld: true });
    await mara.say("And this is under way");
    await is(ada, "And this is under way", "Not confirmed yet:");
    await ada.say("So is this");
    await is(ada, "So is this", "being stored");
    await Promise.all([ada.isAccessible(), mara.isAccessible()]);
    await ada.shot(`channel-${name}`);
    await parlour.disk("sync", {});
    await openChannel(ada, "Tea, privately");
    await isIn(ada, "Tea, privately");
    await ada.button("Invite").click();
    const dialog = ada.page.getByRole("dialog", { name: "Invite to Tea, privately" });
    await dialog.getByRole("searchbox").fill("mara");
    await dialog.getByRole("list", { name: "People" }).getByRole("button").waitFor();
    await ada.isAccessible();
    await ada.shot(`channel-invite-${name}`);
  });

  it.each([
    ["phone", PHONE],
    ["narrow", NARROW],
  ] as const)("show one pane at a time on a %s, with long names", async (name, options) => {
    const ada = await parlour.open("Ada", options);
    await comeIntoChannels(ada, "ada", "محمد عبد الرحمن الخوارزمي أبو جعفر");
    await ada.fitsSideways();
    await makeChannel(ada, LONG_NAME, { visibility: "Private", description: "And a description that is as long as its name is" });
    await ada.fitsSideways();
    const mara = await parlour.open("Mara", options);
    await comeIntoChannels(mara, "mara");
    await invite(ada, "mara");
    await item(mara, LONG_NAME).waitFor();
    await mara.fitsSideways();
    await openChannel(mara, LONG_NAME);
    await isIn(mara, LONG_NAME);
    await ada.say(LONG_WORD);
    await readsOnce(mara, LONG_WORD);
    await parlour.disk("write", { errno: 28 });
    await mara.say("A line that the disk has no room for");
    await is(mara, "A line that the disk has no room for", /Not sent\./u);
    await parlour.disk("write", {});
    await mara.fitsSideways();
    await ada.fitsSideways();
    await expect.poll(() => search(mara).isVisible()).toBe(false);
    await ada.shot(`channel-${name}`);
    await mara.shot(`channel-failed-${name}`);
    await ada.page.getByRole("button", { name: /^People/u }).click();
    await ada.button("Remove mara").waitFor();
    await ada.fitsSideways();
    await ada.shot(`channel-members-${name}`);
    await ada.button("Close the list of people").click();
    await ada.link("Back to the channels").click();
    await channelsAreThere(ada);
    await ada.fitsSideways();
    await ada.shot(`channels-${name}`);
  });

  it("are worked by keyboard alone", async () => {
    const ada = await parlour.open("Ada");
    const { keyboard } = ada.page;
    const tab = async (times: number): Promise<void> => {
      for (let step = 0; step < times; step += 1) await keyboard.press("Tab");
    };
    await tab(5);
    await keyboard.press("Enter");
    await ada.heading("Channels are for people with a name.").waitFor();
    await tab(1);
    await keyboard.press("Enter");
    await ada.heading("Create an account").waitFor();
    await keyboard.type("ada");
    await tab(2);
    await keyboard.type(PASSWORD);
    await keyboard.press("Enter");
    await channelsAreThere(ada);
    await ada.button("New channel").focus();
    await keyboard.press("Enter");
    await keyboard.type("Tea");
    await tab(2);
    await keyboard.press("ArrowDown");
    await keyboard.press("Enter");
    await isIn(ada, "Tea");
    await keyboard.type("Typed without a mouse");
    await keyboard.press("Enter");
    await readsOnce(ada, "Typed without a mouse");
    // Back from the field past the messages: Leave, People, Invite.
    await keyboard.press("Shift+Tab");
    await expect.poll(() => messages(ada).evaluate((log) => log === document.activeElement)).toBe(true);
    for (let step = 0; step < 3; step += 1) await keyboard.press("Shift+Tab");
    await keyboard.press("Enter");
    const dialog = ada.page.getByRole("dialog", { name: "Invite to Tea" });
    await dialog.waitFor();
    await expect.poll(() => dialog.getByRole("searchbox").evaluate((field) => field === document.activeElement)).toBe(true);
    await keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });
    await expect.poll(() => ada.button("Invite").evaluate((button) => button === document.activeElement)).toBe(true);
    await heading(ada, "Tea").waitFor();
  });
});

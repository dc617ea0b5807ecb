import { describe, expect, it } from "vitest";
import {
  channelsLink,
  comeIntoChannels,
  heading,
  invite,
  isIn,
  item,
  joinChannel,
  makeChannel,
  openChannel,
  search,
} from "./channels.ts";
import { messages, readsOnce } from "./messages.ts";
import { useParlour } from "./parlour.ts";

const parlour = useParlour();

describe("a private channel", () => {
  it("is its members' alone: one is invited, talks, and is removed by the owner", async () => {
    const ada = await parlour.open("Ada");
    await comeIntoChannels(ada, "ada", "Ada Lovelace");
    await makeChannel(ada, "Surprise party", { visibility: "Private", description: "Not a word to Tom" });
    await ada.say("Who brings the cake?");
    const address = new URL(ada.page.url()).pathname;

    const mara = await parlour.open("Mara");
    await comeIntoChannels(mara, "mara", "Mara Okafor");
    await search(mara).fill("surprise");
    await mara.text(/No channel is called/u).waitFor();
    await search(mara).fill("");

    await invite(ada, "mara", "Mara Okafor");
    await item(mara, "Surprise party").getByText(/^Private/u).waitFor();
    await openChannel(mara, "Surprise party");
    await isIn(mara, "Surprise party");
    await readsOnce(mara, "Who brings the cake?");
    await mara.say("I do!");
    await readsOnce(ada, "I do!");
    await ada.button("People: 2 here").click();
    const members = ada.page.getByRole("list", { name: "Members" });
    await members.getByRole("listitem").filter({ hasText: "Mara Okafor" }).waitFor();
    await expect.poll(() => members.getByRole("listitem").filter({ hasText: "owner" }).count()).toBe(1);
    await ada.isAccessible();
    await ada.shot("channel-members");
    // What is done is a word where there is room for one.
    await ada.page.setViewportSize({ width: 1_280, height: 760 });
    await ada.button("Block Mara Okafor").getByText("Block").waitFor();
    await ada.button("Remove Mara Okafor").getByText("Remove").waitFor();

    await ada.button("Remove Mara Okafor").click();
    await ada.page.getByRole("dialog", { name: "Remove Mara Okafor?" }).getByRole("button", { name: "Remove" }).click();
    await mara.heading("You are not in Surprise party any more.").waitFor();
    await mara.isAccessible();
    await mara.shot("channel-removed");
    await members.getByRole("listitem").filter({ hasText: "Mara Okafor" }).waitFor({ state: "detached" });
    await expect.poll(() => heading(ada, "Surprise party").page().evaluate(() => document.activeElement?.textContent)).toBe("People");
    await ada.button("Close the list of people").click();
    await ada.say("She is gone");
    await readsOnce(ada, "She is gone");
    await mara.link("All channels").click();
    await expect.poll(() => item(mara, "Surprise party").count()).toBe(0);

    mara.expectRefusal(404);
    await mara.goTo(address);
    await mara.heading("There is no such channel.").waitFor();
    await mara.isAccessible();
    await mara.shot("channel-none");
    await invite(ada, "mara", "Mara Okafor");
    await isIn(mara, "Surprise party");
    await readsOnce(mara, "She is gone");
  });

  it("is left, and its longest member inherits it", async () => {
    const ada = await parlour.open("Ada");
    await comeIntoChannels(ada, "ada");
    await makeChannel(ada, "Two of us", { visibility: "Private" });
    const mara = await parlour.open("Mara");
    await comeIntoChannels(mara, "mara");
    await invite(ada, "mara");
    await openChannel(mara, "Two of us");
    await isIn(mara, "Two of us");
    await ada.button("Leave").click();
    const dialog = ada.page.getByRole("dialog", { name: "Leave Two of us?" });
    await dialog.getByText(/only if a member invites you/u).waitFor();
    await dialog.getByRole("button", { name: "Leave" }).click();
    await heading(ada, "Channels").waitFor();
    await ada.text("There is no channel yet. Make the first one.").waitFor();
    await mara.page.getByRole("button", { name: /^People/u }).click();
    await mara.page.getByRole("list", { name: "Members" }).getByText("you, owner").waitFor();
  });
});

describe("a public channel", () => {
  it("is found, looked into, joined, left, and talked in by a guest who makes none", async () => {
    const ada = await parlour.open("Ada");
    await comeIntoChannels(ada, "ada");
    await makeChannel(ada, "Town square", { description: "All of us" });
    await ada.say("Hear, hear");
    const tom = await parlour.open("Tom");
    await channelsLink(tom).click();
    await tom.link("Continue as guest").click();
    await tom.input("Name").fill("tom");
    await tom.button("Continue").click();
    await search(tom).fill("squ");
    await openChannel(tom, "Town square");
    await readsOnce(tom, "Hear, hear");
    await expect.poll(() => tom.field.count()).toBe(0);
    await expect.poll(() => tom.button("New channel").count()).toBe(0);
    await tom.button("Join this channel").click();
    await isIn(tom, "Town square");
    await messages(ada).getByText(/tom\W* joined/u).waitFor();
    await tom.say("I only pass through");
    await readsOnce(ada, "I only pass through");
    await tom.button("Leave").click();
    await tom.page.getByRole("dialog").getByRole("button", { name: "Leave" }).click();
    await item(tom, "Town square").getByText("1 member").waitFor();
    await ada.page.getByRole("button", { name: "People: 1 here" }).waitFor();
  });

  it("counts what is unread, in the list, the frame and the title", async () => {
    const ada = await parlour.open("Ada");
    await comeIntoChannels(ada, "ada");
    await makeChannel(ada, "Town square");
    await makeChannel(ada, "Elsewhere");
    const mara = await parlour.open("Mara");
    await comeIntoChannels(mara, "mara");
    await joinChannel(mara, "Town square");
    await mara.say("One");
    await mara.say("Two");
    await item(ada, "Town square").getByText("2 unread").waitFor();
    await ada.page.waitForFunction(() => document.title.startsWith("(2) "));
    await openChannel(ada, "Town square");
    await messages(ada).getByText("New messages").waitFor();
    await item(ada, "Town square").getByText(/unread/u).waitFor({ state: "detached" });
  });

  it("shows in each tab of a person what was said in another, once", async () => {
    const ada = await parlour.open("Ada");
    await comeIntoChannels(ada, "ada");
    await makeChannel(ada, "Town square");
    const second = await parlour.tab(ada);
    await channelsLink(second).click();
    await openChannel(second, "Town square");
    await isIn(second, "Town square");
    await ada.say("From the first");
    await readsOnce(second, "From the first");
    await second.say("From the second");
    await readsOnce(ada, "From the second");
    await readsOnce(second, "From the second");
  });
});

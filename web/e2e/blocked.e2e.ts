import { expect, it } from "vitest";
import * as channels from "./channels.ts";
import { allIsSent, messages, readsOnce } from "./messages.ts";
import { useParlour } from "./parlour.ts";
import type { Person } from "./person.ts";
import { comeIn, comeInAsGuest, isIn, item, joinRoom, listIsThere, makeRoom, openRoom, roomsLink } from "./rooms.ts";

const parlour = useParlour();

/** Nothing of it is in the page, and this stands in its place. */
async function isHidden(person: Person, text: string, words: string): Promise<void> {
  await messages(person).getByText(words, { exact: true }).waitFor();
  // What was said aloud before stays said.
  await expect.poll(() => person.page.getByRole("main").getByText(text).count(), { message: `“${text}”` }).toBe(0);
}

async function seesPeople(person: Person): Promise<void> {
  await person.page.getByRole("button", { name: /^People/u }).click();
  await person.page.getByRole("list", { name: "Members" }).getByRole("listitem").first().waitFor();
}

async function block(person: Person, name: string): Promise<void> {
  await seesPeople(person);
  await person.button(`Block ${name}`).click();
  const dialog = person.page.getByRole("dialog", { name: `Block ${name}?` });
  // Others may have taken the same name; nobody the same username.
  await dialog.getByText(/^(?:@mara|Guest)$/u).waitFor();
  await dialog.getByRole("button", { name: "Block" }).click();
  await person.page.getByRole("dialog").waitFor({ state: "detached" });
}

const ONE = "Message from someone you blocked";
const TWO = "2 messages from someone you blocked";
const THREE = "3 messages from someone you blocked";

it("what a blocked person says in a room is folded away, in both tabs, until one takes it back", async () => {
  const ada = await parlour.open("Ada");
  await comeIn(ada, "ada", "Ada Lovelace");
  await makeRoom(ada, "Tea");
  const mara = await parlour.open("Mara");
  await comeIn(mara, "mara", "Mara Okafor");
  await joinRoom(mara, "Tea");
  await mara.say("Buy now, first");
  await mara.say("Buy now, second");
  await readsOnce(ada, "Buy now, second");
  const tab = await parlour.tab(ada);
  await roomsLink(tab).click();
  await listIsThere(tab);
  await openRoom(tab, "Tea");
  await readsOnce(tab, "Buy now, second");

  await messages(ada).getByText(/Mara Okafor\W* joined/u).waitFor();

  await block(ada, "Mara Okafor");
  await isHidden(ada, "Buy now", TWO);
  expect(await messages(ada).getByText("Mara").count()).toBe(0);
  await isHidden(tab, "Buy now", TWO);
  await item(tab, "Tea").getByText("Hidden message").waitFor();
  await expect.poll(() => ada.button("Unblock Mara Okafor").evaluate((element) => element === document.activeElement)).toBe(true);
  await ada.isAccessible();
  await ada.fitsSideways();
  await ada.shot("blocked-room");

  // To her and to the others nothing is different.
  await mara.say("Buy now, third");
  await allIsSent(mara);
  await isHidden(ada, "Buy now", THREE);
  await ada.say("So quiet here");
  await readsOnce(mara, "So quiet here");

  await ada.button("Show").click();
  for (const line of ["first", "second", "third"]) await readsOnce(ada, `Buy now, ${line}`);
  await expect.poll(() => messages(ada).evaluate((element) => element === document.activeElement)).toBe(true);
  await expect.poll(() => ada.button("Show").count()).toBe(0);
  await mara.say("Buy now, fourth");
  await isHidden(ada, "Buy now, fourth", ONE);
  // What is shown is shown until one goes.
  await ada.button("Close the list of people").click();
  await channels.channelsLink(ada).click();
  await channels.channelsAreThere(ada);
  await roomsLink(ada).click();
  await openRoom(ada, "Tea");
  await isHidden(ada, "Buy now", ONE);
  await isHidden(ada, "Buy now", THREE);

  await ada.goTo("/settings/blocked");
  await ada.button("Unblock Mara Okafor").click();
  await ada.text("You block nobody.").waitFor();
  await readsOnce(tab, "Buy now, first");
  await readsOnce(tab, "Buy now, fourth");
  await expect.poll(() => tab.button("Show").count()).toBe(0);
});

it("what a blocked person says in a channel is folded away, also before it is stored, and after a reload", async () => {
  const ada = await parlour.open("Ada");
  await channels.comeIntoChannels(ada, "ada", "Ada Lovelace");
  await channels.makeChannel(ada, "Engines");
  const mara = await parlour.open("Mara");
  await channels.comeIntoChannels(mara, "mara", "Mara Okafor");
  await channels.joinChannel(mara, "Engines");
  await mara.say("Buy now, first");
  await readsOnce(ada, "Buy now, first");
  await block(ada, "Mara Okafor");
  await isHidden(ada, "Buy now", ONE);
  await ada.shot("blocked-channel");
  await mara.say("Buy now, second");
  await isHidden(ada, "Buy now", TWO);
  await ada.page.reload();
  await isHidden(ada, "Buy now", TWO);
  await seesPeople(ada);
  await ada.button("Unblock Mara Okafor").click();
  await readsOnce(ada, "Buy now, second");
  await ada.button("Block Mara Okafor").waitFor();
});

it("a guest may block, and be blocked, and find it again in the settings", async () => {
  const ada = await parlour.open("Ada");
  await comeInAsGuest(ada, "ada");
  await makeRoom(ada, "Tea");
  const mara = await parlour.open("Mara");
  await comeInAsGuest(mara, "mara");
  await joinRoom(mara, "Tea");
  await mara.say("Buy now");
  await readsOnce(ada, "Buy now");
  await block(ada, "mara");
  await isHidden(ada, "Buy now", ONE);
  await ada.goTo("/settings/blocked");
  await ada.button("Unblock mara").click();
  await ada.text("You block nobody.").waitFor();
  await ada.page.goBack();
  await isIn(ada, "Tea");
  await readsOnce(ada, "Buy now");
});

import { describe, expect, it } from "vitest";
import { barSocket, goOffline } from "./barred.ts";
import { channelsLink, comeIntoChannels, isIn as isInChannel, item as channel, joinChannel, makeChannel, openChannel } from "./channels.ts";
import { comeIntoDirect, directLink, find, isWith, item as conversation, openWith } from "./direct.ts";
import { messages, readsOnce } from "./messages.ts";
import { UNREACHABLE, useParlour } from "./parlour.ts";
import type { Person } from "./person.ts";
import { comeIn, isIn, item, joinRoom, makeRoom, openRoom, roomsLink } from "./rooms.ts";

const parlour = useParlour();
const OFFLINE = ["Offline one", "Offline two", "Offline three"];

/** What is read, in the order in which it stands there. */
function lines(person: Person): Promise<string[]> {
  return messages(person).getByText(/^(While|Meanwhile|Offline)/u).allTextContents();
}

/** What is kept in the browser until it is sent. */
function kept(person: Person): Promise<string[]> {
  return person.page.evaluate(() => Object.keys(localStorage).filter((key) => key.includes("outbox")));
}

/** Writes without a connection, reloads, and is connected again. */
async function writesOffline(ada: Person, mara: Person, isThere: () => Promise<void>, isShown: () => Promise<void>): Promise<void> {
  const bar = await barSocket(ada);
  await ada.field.fill("Half a line");
  await ada.page.reload();
  await isThere();
  expect(await ada.field.inputValue()).toBe("Half a line");
  await ada.say("While connected");
  await readsOnce(mara, "While connected");
  parlour.expectTrouble(UNREACHABLE);
  await goOffline(ada);
  for (const text of OFFLINE) await ada.say(text);
  await messages(ada).getByText("Sent once you are connected").last().waitFor();
  await mara.say("Meanwhile");
  await messages(mara).getByText("sent", { exact: true }).last().waitFor();
  bar.isDown = true;
  await ada.page.context().setOffline(false);
  await ada.page.reload();
  await isShown();
  expect(await kept(ada)).toHaveLength(OFFLINE.length);
  expect(await lines(mara)).toEqual(["While connected", "Meanwhile"]);
  bar.isDown = false;
  await ada.page.reload();
  await readsOnce(mara, "Offline three");
  await messages(ada).getByText("Sent once you are connected").waitFor({ state: "detached" });
  const expected = ["While connected", "Meanwhile", ...OFFLINE];
  await expect.poll(() => lines(ada)).toEqual(expected);
  expect(await lines(mara)).toEqual(expected);
  await expect.poll(() => kept(ada)).toEqual([]);
}

describe("what is written offline, over a reload, is sent once and in its place", () => {
  it("in a room", async () => {
    const ada = await parlour.open("Ada");
    await comeIn(ada, "ada");
    await makeRoom(ada, "Tea");
    const mara = await parlour.open("Mara");
    await comeIn(mara, "mara");
    await joinRoom(mara, "Tea");
    const isIt = (): Promise<void> => isIn(ada, "Tea");
    await writesOffline(ada, mara, isIt, async () => {
      await messages(ada).getByText("Offline three", { exact: true }).waitFor();
      await messages(ada).getByText("Sent once you are connected").last().waitFor();
    });
  });

  it("between two", async () => {
    const ada = await parlour.open("Ada");
    await comeIntoDirect(ada, "ada");
    const mara = await parlour.open("Mara");
    await comeIntoDirect(mara, "mara");
    await find(mara, "ada", "ada");
    await mara.say("Hello");
    await conversation(ada, "mara").getByText("1 unread").waitFor();
    await openWith(ada, "mara");
    const isIt = (): Promise<void> => isWith(ada, "mara");
    // What the page knows then, it has asked for without the socket.
    await writesOffline(ada, mara, isIt, async () => {
      await isIt();
      await conversation(ada, "mara").waitFor();
      for (const text of ["Hello", "While connected", "Meanwhile"]) await readsOnce(ada, text);
      await messages(ada).getByText("Offline three", { exact: true }).waitFor();
      await messages(ada).getByText("Sent once you are connected").last().waitFor();
      // What nobody answers is given up after 20 s.
      await ada.later(20_000);
      await ada.page.getByRole("region", { name: "Connection" }).getByText(/No connection to the server/u).waitFor();
      await ada.isAccessible();
      await ada.shot("direct-no-socket");
    });
  });
});

describe("what is unread", () => {
  it("is so in each tab, and in none once it was read in one: rooms, direct, channels", async () => {
    const ada = await parlour.open("Ada");
    await comeIn(ada, "ada");
    await makeRoom(ada, "Tea");
    await channelsLink(ada).click();
    await makeChannel(ada, "News");
    const mara = await parlour.open("Mara");
    await comeIntoChannels(mara, "mara");
    const second = await parlour.tab(ada);
    const areas = [
      {
        write: async () => {
          await roomsLink(mara).click();
          await joinRoom(mara, "Tea");
        },
        link: roomsLink,
        badge: (person: Person) => item(person, "Tea"),
        read: async (person: Person) => {
          await openRoom(person, "Tea");
          await isIn(person, "Tea");
        },
      },
      {
        write: async () => {
          await channelsLink(mara).click();
          await joinChannel(mara, "News");
        },
        link: channelsLink,
        badge: (person: Person) => channel(person, "News"),
        read: async (person: Person) => {
          await openChannel(person, "News");
          await isInChannel(person, "News");
        },
      },
      {
        write: async () => {
          await directLink(mara).click();
          await find(mara, "ada", "ada");
        },
        link: directLink,
        badge: (person: Person) => conversation(person, "mara"),
        read: (person: Person) => openWith(person, "mara"),
      },
    ];
    for (const { write, link, badge, read } of areas) {
      for (const tab of [ada, second]) await link(tab).click();
      await write();
      await mara.say("One");
      await mara.say("Two");
      for (const tab of [ada, second]) {
        await badge(tab).getByText("2 unread").waitFor();
        await tab.page.waitForFunction(() => document.title.startsWith("(2) "));
      }
      await read(second);
      for (const tab of [ada, second]) {
        await badge(tab).getByText(/unread/u).waitFor({ state: "detached" });
        await tab.page.waitForFunction(() => !document.title.startsWith("("));
      }
      // In the other one it is not lost for it.
      await read(ada);
      await readsOnce(ada, "Two");
    }
  });
});

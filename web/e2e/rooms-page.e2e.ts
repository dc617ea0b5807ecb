import { describe, expect, it } from "vitest";
import { CONTRAST, DARK, LIGHT, NARROW, PHONE } from "./looks.ts";
import { allIsSent, messages, readsOnce } from "./messages.ts";
import { PASSWORD } from "./account.ts";
import { ENDED_SOCKET, useParlour } from "./parlour.ts";
import {
  comeIn,
  isIn,
  item,
  joinRoom,
  listIsThere,
  makeRoom,
  openRoom,
  roomHeading,
  roomsLink,
  search,
} from "./rooms.ts";

const parlour = useParlour();
const LOOKS = [
  ["light", LIGHT],
  ["dark", DARK],
  ["contrast", CONTRAST],
] as const;

const LONG_NAME = "The society for the appreciation of very long names that go on and on and on, yes";
const LONG_WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk".repeat(6);
const RTL_NAME = "غرفة الشاي والقهوة";

describe("the rooms", () => {
  it.each(LOOKS)("have nothing that axe would find, in %s", async (name, options) => {
    const ada = await parlour.open("Ada", options);
    await comeIn(ada, "ada", "Ada Lovelace");
    await ada.text("There is no room yet. Make the first one.").waitFor();
    await ada.isAccessible();
    await ada.shot(`rooms-none-${name}`);
    await ada.button("New room").click();
    await ada.page.getByRole("dialog").waitFor();
    await ada.isAccessible();
    await ada.page.keyboard.press("Escape");
    await makeRoom(ada, "Tea", "Leaves and what to do with them");
    await ada.isAccessible();
    const mara = await parlour.open("Mara", options);
    await comeIn(mara, "mara");
    await joinRoom(mara, "Tea");
    await ada.say("Hello. Look: https://example.org/");
    await mara.say("Hello yourself");
    await readsOnce(ada, "Hello yourself");
    await ada.isAccessible();
    await ada.shot(`room-${name}`);
    await ada.button("People: 2 here").click();
    await ada.page.getByRole("list", { name: "Members" }).getByRole("listitem").nth(1).waitFor();
    await ada.isAccessible();
    await ada.shot(`room-people-${name}`);
    await ada.button("Close the list of people").click();
    await ada.button("Leave").click();
    await ada.page.getByRole("dialog", { name: "Leave Tea?" }).waitFor();
    await ada.isAccessible();
    await ada.page.getByRole("dialog").getByRole("button", { name: "Leave" }).click();
    await roomHeading(ada, "Rooms").waitFor();
    await openRoom(ada, "Tea");
    await ada.button("Join this room").waitFor();
    await readsOnce(ada, "Hello yourself");
    await ada.isAccessible();
    await ada.shot(`room-looking-in-${name}`);
    await search(ada).fill("no such");
    await ada.text(/No room is called/u).waitFor();
    await ada.isAccessible();
    await ada.shot(`rooms-not-found-${name}`);
  });

  it.each([
    ["phone", PHONE],
    ["narrow", NARROW],
  ])("show one pane at a time on a %s, with long names and such from right to left", async (name, options) => {
    const ada = await parlour.open("Ada", options);
    await comeIn(ada, "ada");
    await makeRoom(ada, LONG_NAME.slice(0, 80).trim(), "And a description that is just as long as the name of it is");
    await ada.fitsSideways();
    await ada.say(LONG_WORD);
    await readsOnce(ada, LONG_WORD);
    const mara = await parlour.open("Mara", options);
    await comeIn(mara, "mara", "محمد عبد الرحمن الخوارزمي أبو جعفر");
    await joinRoom(mara, LONG_NAME.slice(0, 80).trim());
    await mara.say("مرحبا! كيف حالك اليوم؟");
    await mara.say("🎉👩‍👩‍👧‍👦❤️");
    await readsOnce(ada, "🎉👩‍👩‍👧‍👦❤️");
    await readsOnce(mara, LONG_WORD);
    await allIsSent(mara);
    await expect.poll(() => search(mara).isVisible()).toBe(false);
    await ada.fitsSideways();
    await mara.fitsSideways();
    await ada.shot(`room-${name}`);
    await mara.shot(`room-other-${name}`);
    await ada.page.getByRole("button", { name: /^People/u }).click();
    await ada.page.getByRole("list", { name: "Members" }).getByRole("listitem").nth(1).waitFor();
    await ada.fitsSideways();
    await ada.shot(`room-people-${name}`);
    await ada.button("Close the list of people").click();
    await ada.link("Back to the rooms").click();
    await listIsThere(ada);
    await expect.poll(() => ada.field.count()).toBe(0);
    await makeRoom(ada, RTL_NAME);
    await ada.link("Back to the rooms").click();
    await mara.say("A last word, which is a good deal longer than what there is room for in a list of rooms");
    await item(ada, "The society").getByText("1 unread").waitFor();
    await ada.fitsSideways();
    await ada.shot(`rooms-${name}`);
  });

  it("are worked by keyboard alone", async () => {
    const ada = await parlour.open("Ada");
    const { keyboard } = ada.page;
    const tab = async (times: number): Promise<void> => {
      for (let step = 0; step < times; step += 1) await keyboard.press("Tab");
    };
    await tab(3);
    await keyboard.press("Enter");
    await ada.heading("Rooms are for people with a name.").waitFor();
    await tab(1);
    await keyboard.press("Enter");
    await ada.heading("Create an account").waitFor();
    await keyboard.type("ada");
    await tab(2);
    await keyboard.type(PASSWORD);
    await keyboard.press("Enter");
    await listIsThere(ada);
    await ada.button("New room").focus();
    await keyboard.press("Enter");
    await keyboard.type("Tea");
    await keyboard.press("Enter");
    await isIn(ada, "Tea");
    await keyboard.type("Typed without a mouse");
    await keyboard.press("Shift+Enter");
    await keyboard.type("on two lines");
    await keyboard.press("Enter");
    await readsOnce(ada, "Typed without a mouse\non two lines");
    // Back from the field past the messages: Leave, People.
    await keyboard.press("Shift+Tab");
    await expect.poll(() => messages(ada).evaluate((log) => log === document.activeElement)).toBe(true);
    await keyboard.press("Shift+Tab");
    await keyboard.press("Shift+Tab");
    await keyboard.press("Enter");
    await ada.page.getByRole("list", { name: "Here now" }).waitFor();
    await ada.shot("room-keyboard");
    await keyboard.press("Escape");
    await ada.page.getByRole("list", { name: "Here now" }).waitFor({ state: "detached" });
    await expect.poll(() => ada.page.getByRole("button", { name: /^People/u }).evaluate((button) => button === document.activeElement)).toBe(true);
    await tab(1);
    await keyboard.press("Enter");
    await ada.page.getByRole("dialog", { name: "Leave Tea?" }).waitFor();
    await tab(1);
    await keyboard.press("Enter");
    await roomHeading(ada, "Rooms").waitFor();
    await expect.poll(() => roomHeading(ada, "Rooms").evaluate((heading) => heading === document.activeElement)).toBe(true);
  });

  it("let nothing in but text, and open web addresses only", async () => {
    const ada = await parlour.open("Ada");
    await comeIn(ada, "ada");
    await makeRoom(ada, "<b>Tea</b>");
    const hostile = '<img src=x onerror="document.title=1"><script>document.title=1</script>';
    await ada.say(hostile);
    await readsOnce(ada, hostile);
    await expect.poll(() => messages(ada).locator("img, script").count()).toBe(0);
    expect(await ada.page.title()).toBe("<b>Tea</b> · Parlour");
  });

  it("take a burst at the pace that the server allows, in its order", async () => {
    const ada = await parlour.open("Ada");
    await comeIn(ada, "ada");
    await makeRoom(ada, "Tea");
    for (let count = 1; count <= 40; count += 1) await ada.say(`Quick ${count}`);
    await readsOnce(ada, "Quick 40");
    await allIsSent(ada);
    const shown = await messages(ada).getByText(/^Quick \d+$/u).allTextContents();
    expect(shown).toEqual(shown.map((_, index) => `Quick ${40 - shown.length + 1 + index}`));
    await expect.poll(() => ada.button("Retry").count()).toBe(0);
  });

  it("wait for the name of whoever is signed out in another tab", async () => {
    const ada = await parlour.open("Ada");
    await comeIn(ada, "ada");
    await makeRoom(ada, "Tea");
    const second = await parlour.tab(ada);
    parlour.expectTrouble(ENDED_SOCKET);
    await second.accountButton("ada").click();
    await second.button("Sign out").click();
    await ada.heading("Rooms are for people with a name.").waitFor();
    await ada.link("Sign in").click();
    await ada.input("Name").fill("ada");
    await ada.input("Password").fill(PASSWORD);
    await ada.button("Sign in").click();
    await isIn(ada, "Tea");
    await roomsLink(ada).waitFor();
  });
});

import { describe, expect, it } from "vitest";
import { find, lastIs, openWith } from "./direct.ts";
import { CONTRAST, DARK, PHONE } from "./looks.ts";
import { allIsSent, readsOnce } from "./messages.ts";
import { UNREACHABLE, useParlour } from "./parlour.ts";
import type { Person } from "./person.ts";
import { comeIn, isIn, item, joinRoom, listIsThere, makeRoom, roomsLink } from "./rooms.ts";

const parlour = useParlour();

/** The ground of the page, as it is painted. */
function ground(person: Person): Promise<string> {
  return person.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
}

const BLACK = "rgb(0, 0, 0)";
const EVENING = "rgb(24, 18, 17)";
const PAPER = "rgb(248, 241, 231)";

describe("the theme", () => {
  it("is as the system has it, or as this device was told, from the first paint on and in every tab", async () => {
    const ada = await parlour.open("Ada", { colorScheme: "light" });
    expect(await ground(ada)).toBe(PAPER);
    await ada.page.emulateMedia({ colorScheme: "dark" });
    expect(await ground(ada)).toBe(EVENING);
    await ada.page.emulateMedia({ colorScheme: "light" });
    const other = await parlour.tab(ada);
    await ada.link("Settings").click();
    await ada.page.getByRole("link", { name: /^Appearance/u }).click();
    await ada.page.getByRole("radio", { name: /^Dark/u }).check();
    await expect.poll(() => ground(ada)).toBe(EVENING);
    await expect.poll(() => ground(other)).toBe(EVENING);
    // Without any script of the page itself: what stands before the first paint does it alone.
    await ada.page.route("**/assets/*.js", (route) => route.abort());
    parlour.expectTrouble(UNREACHABLE);
    await ada.page.reload();
    expect(await ground(ada)).toBe(EVENING);
    await ada.page.unroute("**/assets/*.js");
    await ada.page.reload();
    await ada.page.getByRole("radio", { name: /^High contrast/u }).check();
    await expect.poll(() => ground(ada)).toBe("rgb(255, 255, 255)");
    await ada.page.emulateMedia({ colorScheme: "dark" });
    await expect.poll(() => ground(ada)).toBe(BLACK);
    await ada.page.getByRole("radio", { name: /^As the system/u }).check();
    await expect.poll(() => ground(ada)).toBe(EVENING);
  });

  it("leaves every edge in sight where the system has colours of its own", async () => {
    const ada = await parlour.open("Ada", { forcedColors: "active" });
    const edge = (): Promise<string> => ada.button("START").evaluate((button) => getComputedStyle(button).borderTopStyle);
    expect(await edge()).toBe("solid");
    await comeIn(ada, "ada");
    await makeRoom(ada, "Tea");
    await ada.say("Hello");
    const bubble = ada.page.getByRole("log").getByText("Hello", { exact: true }).locator("xpath=ancestor::div[contains(@class, 'rounded-3xl')][1]");
    await expect.poll(() => bubble.evaluate((one) => getComputedStyle(one).borderTopStyle)).toBe("solid");
    const dot = ada.page.getByText("Connection:").locator("xpath=preceding-sibling::span");
    expect(await dot.evaluate((one) => getComputedStyle(one).backgroundColor)).not.toBe(await ground(ada));
    const mara = await parlour.open("Mara");
    await comeIn(mara, "mara");
    await joinRoom(mara, "Tea");
    await ada.goTo("/settings/appearance");
    await ada.heading("Appearance").waitFor();
    await mara.say("Anybody?");
    const badge = roomsLink(ada).getByText("1 unread");
    await badge.waitFor();
    expect(await badge.evaluate((one) => getComputedStyle(one).borderTopStyle)).toBe("solid");
    const samples = ada.page.locator(".theme-sample");
    const grounds = await samples.evaluateAll((all) => all.map((one) => getComputedStyle(one).backgroundColor));
    expect(new Set(grounds.slice(1)).size).toBeGreaterThan(1);
    await ada.shot("forced-colors");
  });
});

describe("a whole evening", () => {
  it.each([
    ["phone", PHONE],
    ["dark", DARK],
    ["contrast", CONTRAST],
  ])("goes well, in %s: strangers, a room, a direct message, the settings", async (name, options) => {
    const [ada, mara] = await parlour.pair("Ada", "Mara", options);
    await ada.say("Where from?");
    await mara.reads("Where from?");
    await mara.button("Leave").click();
    await ada.text("Mara left").waitFor();
    await ada.button("Leave").click();
    await comeIn(ada, "ada", "Ada Lovelace");
    await makeRoom(ada, "Tea");
    await comeIn(mara, "mara", "Mara Okafor");
    await joinRoom(mara, "Tea");
    await mara.say("Is there any left?");
    await readsOnce(ada, "Is there any left?");
    await ada.say("A pot");
    await allIsSent(ada);
    await ada.isAccessible();
    await ada.fitsSideways();
    await ada.shot(`evening-room-${name}`);
    for (const person of [ada, mara]) await person.goTo("/direct");
    await find(ada, "mara", "Mara Okafor");
    await ada.say("Between us");
    await openWith(mara, "Ada Lovelace");
    await readsOnce(mara, "Between us");
    await lastIs(ada, "read");
    await ada.fitsSideways();
    await ada.shot(`evening-direct-${name}`);
    await ada.goTo("/rooms");
    await listIsThere(ada);
    await mara.goTo("/rooms");
    await item(mara, "Tea").getByRole("link").click();
    await isIn(mara, "Tea");
    await mara.say("Gone");
    await roomsLink(ada).getByText("1 unread").waitFor();
    await ada.goTo("/settings/appearance");
    await ada.heading("Appearance").waitFor();
    await ada.fitsSideways();
    await ada.isAccessible();
  });
});

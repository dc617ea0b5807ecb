import { describe, expect, it } from "vitest";
import { CONTRAST, DARK, NARROW, PHONE } from "./looks.ts";
import { api } from "./api.ts";
import { messages, place, readsOnce, scrollUpTo } from "./messages.ts";
import { comeIntoDirect, directLink, find, heading, isWith, item, lastIs, listIsThere, openWith, othersWrite, search } from "./direct.ts";
import { useParlour } from "./parlour.ts";
import type { Person } from "./person.ts";

const parlour = useParlour({ PARLOUR_LIMITS_ENABLED: "false" });
const LONG_NAME = "Maximiliane-Wilhelmine von und zu Hohenlohe-Langenburg-Schwarzen";
const LONG_WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk".repeat(6);
const RTL_NAME = "محمد عبد الرحمن الخوارزمي أبو جعفر";
const MANY = 120;

/** Says "Message 1 of many" and so on over HTTP, one after the other. */
async function sayMany(person: Person, conversationId: string, count: number): Promise<void> {
  await person.page.evaluate(
    async ({ id, last }) => {
      for (let number = 1; number <= last; number += 1) {
        const body = JSON.stringify({ conversationId: id, messageText: `Message ${number} of many`, clientId: `many-${number}` });
        const headers = { "Content-Type": "application/json" };
        const response = await fetch("/api/messages/send", { method: "POST", headers, body });
        if (!response.ok) throw new Error(await response.text());
      }
    },
    { id: conversationId, last: count },
  );
}

describe("direct messages", () => {
  it("are worked by keyboard alone, look well in the dark, and let in nothing but text", async () => {
    const mara = await parlour.open("Mara", CONTRAST);
    await comeIntoDirect(mara, "mara", "Mara Okafor");
    const ada = await parlour.open("Ada", DARK);
    const { keyboard } = ada.page;
    await comeIntoDirect(ada, "ada", "Ada Lovelace");
    await search(ada).focus();
    await keyboard.type("mara");
    await ada.page.getByRole("list", { name: "People" }).getByRole("button", { name: "Mara Okafor" }).waitFor();
    await ada.isAccessible();
    await keyboard.press("Tab");
    await keyboard.press("Enter");
    await isWith(ada, "Mara Okafor");
    await keyboard.type("Typed without a mouse");
    await keyboard.press("Shift+Enter");
    await keyboard.type("on two lines");
    await keyboard.press("Enter");
    await readsOnce(ada, "Typed without a mouse\non two lines");
    const hostile = '<img src=x onerror="document.title=1"><script>document.title=1</script>';
    await keyboard.type(hostile);
    await keyboard.press("Enter");
    await openWith(mara, "Ada Lovelace");
    await readsOnce(mara, hostile);
    await expect.poll(() => messages(mara).locator("img, script").count()).toBe(0);
    await mara.say("Good evening!");
    await readsOnce(ada, "Good evening!");
    await lastIs(ada, "read");
    await ada.isAccessible();
    await mara.isAccessible();
    await ada.shot("direct-dark");
    await mara.shot("direct-contrast");
    // Back from the field past the messages: Block.
    await ada.field.focus();
    await keyboard.press("Shift+Tab");
    await expect.poll(() => messages(ada).evaluate((log) => log === document.activeElement)).toBe(true);
    await keyboard.press("Shift+Tab");
    await keyboard.press("Enter");
    const dialog = ada.page.getByRole("dialog", { name: "Block Mara Okafor?" });
    await dialog.waitFor();
    await ada.isAccessible();
    await ada.shot("direct-block-dark");
    await keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });
    await expect.poll(() => ada.button("Block").evaluate((button) => button === document.activeElement)).toBe(true);
  });

  it("show one pane at a time on a phone, with long names and such from right to left", async () => {
    const ada = await parlour.open("Ada", NARROW);
    await comeIntoDirect(ada, "ada", RTL_NAME);
    const mara = await parlour.open("Mara", PHONE);
    await comeIntoDirect(mara, "mara", LONG_NAME);
    await ada.fitsSideways();
    await find(ada, "mara", LONG_NAME);
    await expect.poll(() => search(ada).isVisible()).toBe(false);
    await ada.say(LONG_WORD);
    await openWith(mara, RTL_NAME);
    await readsOnce(mara, LONG_WORD);
    await mara.say("مرحبا! كيف حالك اليوم؟");
    await mara.say("🎉👩‍👩‍👧‍👦❤️");
    await readsOnce(ada, "🎉👩‍👩‍👧‍👦❤️");
    await lastIs(mara, "read");
    // Which way a message is read is its own affair, not that of who wrote it.
    const side = (text: string): Promise<string> => messages(mara).getByText(text).evaluate((line) => getComputedStyle(line).direction);
    expect([await side(LONG_WORD), await side("مرحبا! كيف حالك اليوم؟")]).toEqual(["ltr", "rtl"]);
    await ada.fitsSideways();
    await mara.fitsSideways();
    await ada.shot("direct-narrow");
    await mara.shot("direct-phone");
    await ada.link("Back to your conversations").click();
    await listIsThere(ada);
    await expect.poll(() => heading(ada, "Direct").evaluate((element) => element === document.activeElement)).toBe(true);
    await expect.poll(() => ada.field.count()).toBe(0);
    await mara.say("A last word, which is a good deal longer than what there is room for in a list");
    await item(ada, LONG_NAME).getByText("1 unread").waitFor();
    await directLink(ada).getByText("1 unread").waitFor();
    await ada.fitsSideways();
    await ada.shot("direct-list-narrow");
    await mara.link("Back to your conversations").click();
    await mara.shot("direct-list-phone");
  });

  it("open at their end, load what is older without moving what one reads, and list very many", async () => {
    const mara = await parlour.open("Mara");
    await comeIntoDirect(mara, "mara", "Mara Okafor");
    const ada = await parlour.open("Ada");
    await comeIntoDirect(ada, "ada", "Ada Lovelace");
    await find(mara, "ada", "Ada Lovelace");
    const conversationId = decodeURIComponent(new URL(mara.page.url()).pathname.split("/").at(-1) ?? "");
    await mara.link("Direct").click();
    await sayMany(mara, conversationId, MANY);
    await openWith(ada, "Mara Okafor");
    await readsOnce(ada, `Message ${MANY} of many`);
    await scrollUpTo(ada, "Message 75 of many");
    const before = await place(ada, "Message 75 of many");
    await openWith(mara, "Ada Lovelace");
    await mara.say("Something new");
    await ada.button("1 new").waitFor();
    expect(await place(ada, "Message 75 of many")).toBe(before);
    // Who reads further up has not read it.
    await lastIs(mara, "sent");
    await ada.shot("direct-new-below");
    await ada.button("1 new").click();
    await readsOnce(ada, "Something new");
    await lastIs(mara, "read");
    await scrollUpTo(ada, "Message 1 of many");
    await messages(ada).getByText(/This is where you and/u).waitFor();

    const { user } = await api<{ user: { id: string } }>(ada, "GET", "/auth/me");
    await othersWrite(ada, user.id, 52);
    const shown = ada.page.getByRole("list", { name: "Your conversations" }).getByRole("listitem");
    await item(ada, "Line of writer 52").waitFor();
    await expect.poll(() => shown.first().getAttribute("aria-setsize")).toBe("53");
    expect(await shown.count()).toBeLessThan(40);
    await expect.poll(() => shown.first().textContent()).toContain("writer52");
    expect(await ada.page.title()).toBe("(52) Mara Okafor · Parlour");
    // It is open: in the page, and in view once it is come to.
    await item(ada, "Mara Okafor").getByRole("link").focus();
    await ada.page.keyboard.press("ArrowUp");
    await expect.poll(() => ada.page.evaluate(() => document.activeElement?.textContent)).toContain("Line of writer 1");
    await ada.shot("direct-very-many");
    // Come back to, the list is drawn from what is known: nothing comes in that would draw it once more.
    const areas = ada.page.getByRole("navigation", { name: "Areas" });
    await areas.getByRole("link", { name: /^Strangers/u }).click();
    await ada.heading("Pull up a chair.").waitFor();
    await areas.getByRole("link", { name: /^Direct/u }).click();
    await item(ada, "Line of writer 52").waitFor();
  });
});

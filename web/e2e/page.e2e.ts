import { describe, expect, it } from "vitest";
import { DARK, LIGHT, PHONE } from "./looks.ts";
import { useParlour } from "./parlour.ts";

const parlour = useParlour();

const HOSTILE = '<img src=x onerror="document.title=1"><script>document.title=1</script>';
const LONG_WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk".repeat(6);

describe("the page", () => {
  it("shows what is sent as text, and opens web addresses only", async () => {
    const [ada, mara] = await parlour.pair("Ada", "Mara");
    await ada.say(HOSTILE);
    await mara.reads(HOSTILE);
    await ada.say("Look: https://example.org/a(b). Or javascript:alert(1)");
    const link = mara.log.getByRole("link");
    await link.waitFor();
    await expect.poll(() => link.getAttribute("href")).toBe("https://example.org/a(b)");
    await expect.poll(() => link.getAttribute("rel")).toBe("noopener noreferrer nofollow");
    await expect.poll(() => link.getAttribute("target")).toBe("_blank");
    await expect.poll(() => mara.log.locator("img, script").count()).toBe(0);
    expect(await mara.page.title()).toBe("Ada · Parlour");
  });

  it("clips stacked marks to their own line, which they painted over the others", async () => {
    const [ada, mara] = await parlour.pair("Ada", "Mara");
    await mara.say("A line above");
    const above = ada.log.getByText("A line above", { exact: true });
    const before = await above.screenshot();
    const stacked = `Z${"\u030d".repeat(100)}a${"\u0310".repeat(100)}`.repeat(3);
    await mara.say(stacked);
    await ada.reads(stacked);
    await ada.shot("stacked-marks");
    expect((await above.screenshot()).equals(before)).toBe(true);
  });

  it("does not send a line that shows nothing", async () => {
    const [ada, mara] = await parlour.pair("Ada", "Mara");
    const nothing = "\u200b\u2060\u3164\ufeff";
    await ada.field.fill(nothing);
    await expect.poll(() => ada.button("Send").isDisabled()).toBe(true);
    await ada.field.press("Enter");
    await expect.poll(() => ada.field.inputValue()).toBe(nothing);
    await ada.say("Something");
    await mara.reads("Something");
  });

  it("says what is wrong with a name", async () => {
    const ada = await parlour.open("Ada\u200b\u200bLovelace");
    await ada.start();
    await ada.page.getByRole("alert").getByText(/\w/u).waitFor();
    const name = ada.page.getByRole("textbox", { name: "Your name" });
    await expect.poll(() => name.getAttribute("aria-invalid")).toBe("true");
    await ada.shot("name-refused");
    await name.fill("Ada");
    await ada.button("START").click();
    await ada.isWaiting();
  });

  it("fits a phone", async () => {
    const [ada, mara] = await parlour.pair("A name of the full thirty-two ch", "مها", PHONE);
    await ada.say(LONG_WORD);
    await mara.reads(LONG_WORD);
    await mara.say("مرحبا! كيف حالك اليوم؟");
    await mara.say("🎉👩‍👩‍👧‍👦❤️");
    await ada.reads("🎉👩‍👩‍👧‍👦❤️");
    await ada.fitsSideways();
    await mara.fitsSideways();
    await ada.shot("phone-talking");
    await mara.shot("phone-talking-long-name");
    await ada.button("Leave").click();
    await mara.text(/left/u).waitFor();
    await mara.fitsSideways();
    await mara.shot("phone-left");
    await ada.heading("Pull up a chair.").waitFor();
    await ada.fitsSideways();
    await ada.shot("phone-start");
    await ada.button("START").click();
    await ada.isWaiting();
    await ada.fitsSideways();
    await ada.shot("phone-waiting");
  });

  it("is worked by keyboard alone", async () => {
    const ada = await parlour.open("Ada");
    // Past the way to the content, the four areas and the settings.
    for (let step = 0; step < 7; step += 1) await ada.page.keyboard.press("Tab");
    await ada.page.keyboard.type("Ada");
    await ada.page.keyboard.press("Enter");
    await ada.isWaiting();
    const mara = await parlour.open("Mara");
    await mara.start();
    await ada.isTalkingTo("Mara");
    await ada.page.keyboard.type("Typed without a mouse");
    await ada.page.keyboard.press("Shift+Enter");
    await ada.page.keyboard.type("on two lines");
    await ada.page.keyboard.press("Enter");
    await mara.reads("Typed without a mouse\non two lines");
    // Back from the field past the lines: New chat, Leave, Block.
    for (let step = 0; step < 4; step += 1) await ada.page.keyboard.press("Shift+Tab");
    await ada.shot("keyboard-focus");
    await ada.page.keyboard.press("Enter");
    await ada.page.getByRole("dialog", { name: "Block Mara?" }).waitFor();
    await ada.page.keyboard.press("Enter");
    await ada.page.getByRole("dialog").waitFor({ state: "detached" });
    await expect.poll(() => ada.button("Block").evaluate((element) => element === document.activeElement)).toBe(true);
  });

  it.each([
    ["light", LIGHT],
    ["dark", DARK],
  ])("has nothing that axe would find, in %s", async (name, options) => {
    const ada = await parlour.open("Ada", options);
    await ada.isAccessible();
    await ada.shot(`start-${name}`);
    await ada.start();
    await ada.isWaiting();
    await ada.isAccessible();
    await ada.shot(`waiting-${name}`);
    const mara = await parlour.open("Mara", options);
    await mara.start();
    await ada.isTalkingTo("Mara");
    await ada.isAccessible();
    await ada.shot(`empty-${name}`);
    await ada.say("Hello");
    await mara.reads("Hello");
    await mara.say("Hello yourself");
    await ada.reads("Hello yourself");
    await ada.field.fill("x".repeat(4_001));
    await ada.text("1 too many: shorten the line to send it").waitFor();
    await ada.isAccessible();
    await ada.shot(`too-long-${name}`);
    await ada.button("Block").click();
    await ada.page.getByRole("dialog").waitFor();
    await ada.isAccessible();
    await ada.shot(`block-${name}`);
    await ada.page.keyboard.press("Escape");
    await ada.field.fill("");
    await mara.button("Leave").click();
    await ada.text("Mara left").waitFor();
    await ada.isAccessible();
    await ada.shot(`left-${name}`);
  });

  it("stays where one reads, and counts what is new", async () => {
    const [ada, mara] = await parlour.pair("Ada", "Mara");
    for (let count = 1; count <= 25; count += 1) await mara.say(`Line ${count} of a long story`);
    await ada.reads("Line 25 of a long story");
    await ada.log.press("Home");
    await ada.reads("Line 1 of a long story");
    await mara.say("The end");
    const news = ada.button("1 new");
    await news.waitFor();
    await ada.shot("new-below");
    await news.click();
    await ada.reads("The end");
    await news.waitFor({ state: "detached" });
  });
});

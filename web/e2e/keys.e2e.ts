import { describe, expect, it } from "vitest";
import { SHORTCUTS } from "../src/a11y/shortcut-list.ts";
import { PASSWORD } from "./account.ts";
import { messages, readsOnce } from "./messages.ts";
import { useParlour } from "./parlour.ts";
import type { Person } from "./person.ts";
import { isIn, roomHeading, search } from "./rooms.ts";

const parlour = useParlour();

/** What has the focus, by its name and role. */
function focused(person: Person): Promise<string> {
  return person.page.evaluate(() => {
    const { activeElement: active } = document;
    if (active === null || active === document.body) return "nothing";
    return active.getAttribute("aria-label") ?? active.textContent;
  });
}

/** Presses Tab until what is called `name` has the focus. */
async function tabTo(person: Person, name: string): Promise<void> {
  for (let step = 0; step < 40 && (await focused(person)) !== name; step += 1) await person.page.keyboard.press("Tab");
  expect(await focused(person)).toBe(name);
}

describe("without a pointer", () => {
  it("one makes an account, finds one's way, talks in rooms, directly and with a stranger, and signs out", async () => {
    const ada = await parlour.open("Ada");
    const { keyboard } = ada.page;
    await tabTo(ada, "Create an account");
    await keyboard.press("Enter");
    await ada.heading("Create an account").waitFor();
    await keyboard.type("ada");
    await keyboard.press("Tab");
    await keyboard.press("Tab");
    await keyboard.type(PASSWORD);
    await keyboard.press("Enter");
    await ada.accountButton("ada").waitFor();

    // Each of the list's keys, beginning with the list itself: nothing has the focus that takes a letter.
    await tabTo(ada, "Rooms");
    await keyboard.press("?");
    const help = ada.page.getByRole("dialog", { name: "Keyboard shortcuts" });
    await help.waitFor();
    for (const { words } of SHORTCUTS) await help.getByText(words, { exact: true }).first().waitFor();
    await keyboard.press("2");
    await keyboard.press("Escape");
    await help.waitFor({ state: "hidden" });
    expect(await focused(ada)).toBe("Rooms");
    expect(new URL(ada.page.url()).pathname).toBe("/");

    await keyboard.press("2");
    await roomHeading(ada, "Rooms").waitFor();
    for (const name of ["Tea", "Bread"]) {
      await tabTo(ada, "New room");
      await keyboard.press("Enter");
      await ada.page.getByRole("dialog", { name: "A new room" }).waitFor();
      await keyboard.type(name);
      await keyboard.press("Enter");
      await isIn(ada, name);
      await keyboard.type(`First word in ${name}`);
      await keyboard.press("Enter");
      await readsOnce(ada, `First word in ${name}`);
    }
    // While writing, letters are letters.
    await keyboard.type("jk/?c,1");
    await expect.poll(() => ada.field.inputValue()).toBe("jk/?c,1");
    await keyboard.press("Alt+ArrowDown");
    await isIn(ada, "Tea");
    await keyboard.press("Alt+ArrowUp");
    await isIn(ada, "Bread");
    await expect.poll(() => ada.field.inputValue()).toBe("jk/?c,1");
    await keyboard.press("Escape");
    await expect.poll(() => messages(ada).evaluate((log) => log === document.activeElement)).toBe(true);
    // Again and again: the letters are in nobody's field.
    await keyboard.press("j");
    await isIn(ada, "Tea");
    await expect.poll(() => focused(ada)).toBe("Tea");
    await keyboard.press("j");
    await keyboard.press("k");
    await isIn(ada, "Bread");
    await expect.poll(() => ada.field.inputValue()).toBe("jk/?c,1");
    await keyboard.press("j");
    await isIn(ada, "Tea");
    await expect.poll(() => ada.field.inputValue()).toBe("");
    await keyboard.press("k");
    await isIn(ada, "Bread");
    // Past the header and the list, whatever is in it.
    await tabTo(ada, "To the message field");
    await keyboard.press("Enter");
    await expect.poll(() => ada.field.evaluate((field) => field === document.activeElement)).toBe(true);
    await tabTo(ada, "To the content");
    await keyboard.press("Enter");
    await expect.poll(() => focused(ada)).toBe("Bread");
    await keyboard.press("Escape");
    await keyboard.press("/");
    await expect.poll(() => search(ada).evaluate((field) => field === document.activeElement)).toBe(true);
    await keyboard.press("Alt+ArrowDown");
    await isIn(ada, "Tea");
    await keyboard.press("Control+k");
    await expect.poll(() => search(ada).evaluate((field) => field === document.activeElement)).toBe(true);
    await tabTo(ada, "Leave");
    await keyboard.press("c");
    await expect.poll(() => ada.field.evaluate((field) => field === document.activeElement)).toBe(true);
    await keyboard.press("Escape");
    await keyboard.press(",");
    await ada.heading("Settings").first().waitFor();
    await tabTo(ada, "KeyboardEvery shortcut there is");
    await keyboard.press("Enter");
    await ada.page.getByRole("switch", { name: "Shortcuts of one key" }).waitFor();
    expect(await focused(ada)).toBe("Keyboard");
    await keyboard.press("Tab");
    await keyboard.press("Space");
    await ada.page.getByRole("switch", { name: "Shortcuts of one key", checked: false }).waitFor();
    await keyboard.press("3");
    await keyboard.press("Space");
    await ada.page.getByRole("switch", { name: "Shortcuts of one key", checked: true }).waitFor();
    expect(new URL(ada.page.url()).pathname).toBe("/settings/keyboard");
    await keyboard.press("3");
    await ada.heading("Direct").waitFor();
    await keyboard.press("4");
    await ada.page.getByRole("heading", { name: "Channels", exact: true }).waitFor();
    await keyboard.press("1");
    await ada.heading("Pull up a chair.").waitFor();
    await keyboard.type("Ada");
    await keyboard.press("Enter");
    await ada.isWaiting();
    const mara = await parlour.open("Mara");
    await mara.start();
    await ada.isTalkingTo("Mara");
    await keyboard.type("Typed without a mouse");
    await keyboard.press("Enter");
    await mara.reads("Typed without a mouse");
    await tabTo(ada, "Leave");
    await keyboard.press("Enter");
    await ada.heading("Pull up a chair.").waitFor();
    await tabTo(ada, "Your account: ada");
    await keyboard.press("Enter");
    await tabTo(ada, "Sign out");
    await keyboard.press("Enter");
    await ada.accountButton("ada").waitFor({ state: "detached" });
    expect(await focused(ada)).not.toBe("nothing");
  });

  it("the focus is never lost: not with what goes, nor with where one was", async () => {
    const ada = await parlour.open("Ada");
    await ada.link("Create an account").focus();
    // Something takes what has the focus from the page.
    await ada.link("Create an account").evaluate((link) => link.closest("form, div")?.replaceChildren());
    await expect.poll(() => focused(ada)).not.toBe("nothing");
    expect(await focused(ada)).toBe("Pull up a chair.");
  });
});

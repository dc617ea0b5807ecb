import { EventEmitter, once } from "node:events";
import { describe, expect, it } from "vitest";
import { NARROW, PHONE } from "./looks.ts";
import { PASSWORD, register } from "./account.ts";
import { barSocket } from "./barred.ts";
import { UNREACHABLE, useParlour } from "./parlour.ts";
import { comeIn, makeRoom } from "./rooms.ts";

const parlour = useParlour();
const LONG = "A name of the full thirty-two ch";
const RTL = "محمد عبد الرحمن الخوارزمي أبو جعفر";

describe("the pages of an account", () => {
  it.each([
    ["phone", PHONE],
    ["narrow", NARROW],
  ])("fit a %s, with long names and such from right to left", async (name, options) => {
    const ada = await parlour.open("Ada", options);
    await ada.fitsSideways();
    await ada.shot(`start-${name}`);
    await ada.goTo("/register");
    await ada.button("Create account").click();
    await ada.text("Enter a name.").waitFor();
    await ada.fitsSideways();
    await ada.shot(`register-${name}`);
    await ada.goTo("/");
    await register(ada, LONG, RTL);
    await ada.fitsSideways();
    await ada.shot(`signed-in-${name}`);
    await ada.accountButton(RTL).click();
    await ada.fitsSideways();
    await ada.shot(`account-menu-${name}`);
    await ada.link("Settings").click();
    await ada.heading("Settings").first().waitFor();
    await ada.fitsSideways();
    await ada.shot(`account-${name}`);
  });

  it("bug: the menu closed when what was being loaded took the focus", async () => {
    const ada = await parlour.open("Ada");
    await comeIn(ada, "ada");
    await makeRoom(ada, "Tea");
    const held = new EventEmitter();
    const letIn = once(held, "let in");
    parlour.expectTrouble(UNREACHABLE);
    (await barSocket(ada)).isDown = true;
    await ada.page.route("**/api/chat/**", async (route) => {
      await letIn;
      await route.continue();
    });
    await ada.page.reload();
    await ada.accountButton("ada").click();
    await ada.link("Settings").waitFor();
    await expect.poll(() => ada.field.count()).toBe(0);
    held.emit("let in");
    await ada.field.waitFor();
    await expect.poll(() => ada.link("Settings").isVisible()).toBe(true);
    await ada.accountButton("ada").click();
    await ada.link("Settings").waitFor({ state: "hidden" });
  });

  it("are worked by keyboard alone", async () => {
    const ada = await parlour.open("Ada");
    const { keyboard } = ada.page;
    // Past the way to the content, the four areas, the settings, the name, START and Sign in.
    for (let step = 0; step < 10; step += 1) await keyboard.press("Tab");
    await keyboard.press("Enter");
    await ada.heading("Create an account").waitFor();
    await keyboard.type("ada");
    await keyboard.press("Tab");
    await keyboard.type("Ada L.");
    await keyboard.press("Tab");
    await keyboard.type(PASSWORD);
    await keyboard.press("Tab");
    await keyboard.press("Space");
    await expect.poll(() => ada.input("Password").getAttribute("type")).toBe("text");
    await ada.shot("password-shown");
    await keyboard.press("Shift+Tab");
    await keyboard.press("Enter");
    await ada.accountButton("Ada L.").waitFor();
    await ada.heading("Pull up a chair.").waitFor();
    await ada.accountButton("Ada L.").focus();
    await keyboard.press("Enter");
    await ada.link("Settings").waitFor();
    await keyboard.press("Tab");
    await keyboard.press("Escape");
    await ada.link("Settings").waitFor({ state: "hidden" });
    await expect.poll(() => ada.accountButton("Ada L.").evaluate((element) => element === document.activeElement)).toBe(true);
    await keyboard.press("Enter");
    await keyboard.press("Tab");
    await keyboard.press("Tab");
    await keyboard.press("Enter");
    await ada.link("Sign in").waitFor();
  });
});

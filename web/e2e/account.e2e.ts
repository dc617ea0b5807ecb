import { describe, expect, it } from "vitest";
import { cookie, hasFocus, isRefused, isSignedOut, PASSWORD, register, signIn, signOut, WRONG_PASSWORD } from "./account.ts";
import { ENDED_SOCKET, useParlour } from "./parlour.ts";

const parlour = useParlour();

describe("an account", () => {
  it("is made, stays over a reload, is known in a second tab, and left in both", async () => {
    parlour.expectTrouble(ENDED_SOCKET);
    const ada = await parlour.open("Ada");
    await register(ada, "ada", "Ada L.");
    await ada.heading("Pull up a chair.").waitFor();
    await ada.shot("signed-in");
    await ada.page.reload();
    await ada.accountButton("Ada L.").waitFor();
    const second = await parlour.tab(ada);
    await second.accountButton("Ada L.").waitFor();
    await signOut(ada, "Ada L.");
    await isSignedOut(ada);
    await second.text("or with a name that is yours").waitFor();
    await second.page.getByText("You were signed out in another tab.").waitFor();
    await second.shot("signed-out-elsewhere");
    await isSignedOut(second);
    await second.link("Sign in again").click();
    await signIn(second, "ADA");
    await second.accountButton("Ada L.").waitFor();
    await ada.accountButton("Ada L.").waitFor();
  });

  it("leaves nothing secret in script's reach", async () => {
    const ada = await parlour.open("Ada");
    await register(ada, "ada");
    const token = await cookie(ada);
    expect(token).toMatchObject({ httpOnly: true, sameSite: "Strict", path: "/" });
    const reachable = await ada.page.evaluate(() =>
      JSON.stringify([document.cookie, Object.entries(localStorage), Object.entries(sessionStorage), location.href]),
    );
    expect(reachable).not.toContain(token?.value.split(".")[1]);
    expect(reachable).not.toContain(PASSWORD);
  });

  it("is not opened by a wrong password, and what was typed is kept", async () => {
    const ada = await parlour.open("Ada");
    await isRefused(ada, "ada");
    await expect.poll(() => ada.input("Password").getAttribute("aria-invalid")).toBe("true");
    expect(await hasFocus(ada, "Password")).toBe(true);
    await expect.poll(() => ada.input("Name").inputValue()).toBe("ada");
    await expect.poll(() => ada.input("Password").inputValue()).toBe(WRONG_PASSWORD);
    await ada.shot("wrong-password");
    await ada.input("Password").fill(PASSWORD);
    await ada.input("Password").press("Enter");
    await ada.accountButton("ada").waitFor();
  });

  it("cannot have a name that is taken, whatever its case", async () => {
    const ada = await parlour.open("Ada");
    await register(ada, "Ada");
    const mara = await parlour.open("Mara");
    mara.expectRefusal(409);
    await mara.link("Create an account").click();
    await mara.input("Name").fill("aDA");
    await mara.input("Password").fill(PASSWORD);
    await mara.button("Create account").click();
    await mara.text("Somebody has this name already: choose another one.").waitFor();
    expect(await hasFocus(mara, "Name")).toBe(true);
    await expect.poll(() => mara.input("Password").inputValue()).toBe(PASSWORD);
    await mara.shot("name-taken");
    await mara.input("Name").fill("mara");
    await mara.text("Somebody has this name already: choose another one.").waitFor({ state: "detached" });
    await mara.button("Create account").click();
    await mara.accountButton("mara").waitFor();
  });

  it("is checked before it is sent", async () => {
    const ada = await parlour.open("Ada");
    await ada.goTo("/register");
    await ada.button("Create account").click();
    await ada.text("Enter a name.").waitFor();
    await ada.text("Choose a password.").waitFor();
    expect(await hasFocus(ada, "Name")).toBe(true);
    await ada.input("Name").fill("ada");
    await ada.input("Password").fill("short");
    await ada.input("Password").press("Enter");
    await ada.text("That is too short: 8 characters are the least.").waitFor();
    expect(await hasFocus(ada, "Password")).toBe(true);
    await ada.isAccessible();
    await ada.shot("register-refused");
  });

  it("can be done without: a guest has a name, and may come to an account later", async () => {
    const mara = await parlour.open("Mara");
    await mara.link("Continue as guest").click();
    await mara.input("Name").fill("مها");
    await mara.button("Continue").click();
    await mara.accountButton("مها").click();
    await mara.page.getByText("Guest", { exact: true }).waitFor();
    await mara.shot("guest-menu");
    await mara.link("Create an account").click();
    await mara.heading("Create an account").waitFor();
    await mara.input("Name").fill("maha");
    await mara.input("Password").fill(PASSWORD);
    await mara.button("Create account").click();
    await mara.accountButton("maha").waitFor();
  });

  it("is asked for once, however often one presses", async () => {
    const ada = await parlour.open("Ada");
    const asked: string[] = [];
    ada.page.on("request", (request) => {
      if (request.method() === "POST") asked.push(new URL(request.url()).pathname);
    });
    await ada.goTo("/register");
    await ada.input("Name").fill("ada");
    await ada.input("Password").fill(PASSWORD);
    let goOn: () => void = () => undefined;
    const slow = new Promise<void>((resolve) => (goOn = resolve));
    await ada.page.route("**/api/auth/register", async (route) => {
      await slow;
      await route.continue();
    });
    await ada.button("Create account").dblclick();
    const waiting = ada.button("Creating your account…");
    await waiting.waitFor();
    await expect.poll(() => waiting.getAttribute("aria-disabled")).toBe("true");
    await waiting.press("Enter");
    await ada.input("Password").press("Enter");
    await ada.isAccessible();
    await ada.shot("slow");
    goOn();
    await ada.accountButton("ada").waitFor();
    expect(asked.filter((path) => path.startsWith("/api/"))).toEqual(["/api/auth/register"]);
  });
});

describe("two people", () => {
  it("talk, one with an account, one as guest, under the names that they give each other", async () => {
    const ada = await parlour.open("Nightingale");
    await register(ada, "ada");
    const mara = await parlour.open("Swift");
    await mara.link("Continue as guest").click();
    await mara.input("Name").fill("mara");
    await mara.button("Continue").click();
    await mara.accountButton("mara").waitFor();
    await ada.start();
    await ada.isWaiting();
    await mara.start();
    await ada.isTalkingTo("Swift");
    await mara.isTalkingTo("Nightingale");
    await ada.say("Who are you?");
    await mara.reads("Who are you?");
    await ada.accountButton("ada").click();
    await ada.button("Sign out").click();
    await ada.page.getByRole("dialog", { name: "Sign out now?" }).waitFor();
    await ada.shot("sign-out-dialog");
    await ada.button("Stay").click();
    await ada.page.keyboard.press("Escape");
    await ada.say("I stay");
    await mara.reads("I stay");
    await signOut(ada, "ada");
    await ada.page.getByRole("dialog").getByRole("button", { name: "Sign out" }).click();
    await mara.text("Nightingale left").waitFor();
    await isSignedOut(ada);
    await ada.heading("Pull up a chair.").waitFor();
  });

  it("go on talking while one of them signs in, with what they were writing", async () => {
    const [ada, mara] = await parlour.pair("Ada", "Mara");
    await ada.field.fill("Half a sentence");
    // No link leads there from a chat, but the back and forward buttons do.
    await ada.page.evaluate(() => {
      history.pushState(null, "", "/register");
      dispatchEvent(new PopStateEvent("popstate", { state: null }));
    });
    await ada.heading("Create an account").waitFor();
    await ada.page.getByRole("region", { name: "Your chat" }).getByText("Mara").waitFor();
    await ada.shot("register-in-chat");
    await ada.input("Name").fill("ada");
    await ada.input("Password").fill(PASSWORD);
    await ada.button("Create account").click();
    await ada.accountButton("ada").waitFor();
    await ada.isTalkingTo("Mara");
    await expect.poll(() => ada.field.inputValue()).toBe("Half a sentence");
    await ada.field.press("Enter");
    await mara.reads("Half a sentence");
  });
});

import { describe, expect, it } from "vitest";
import { isSignedOut, PASSWORD, register, signIn, signOut } from "./account.ts";
import { ENDED_SOCKET, UNREACHABLE, useParlour } from "./parlour.ts";

const parlour = useParlour();

describe("signing in", () => {
  it("loses nothing while the server is away", async () => {
    const ada = await parlour.open("Ada");
    await ada.goTo("/register");
    await ada.input("Name").fill("ada");
    await ada.input("Password").fill(PASSWORD);
    parlour.expectTrouble(UNREACHABLE);
    await parlour.killServer();
    await ada.button("Create account").click();
    await ada.text("The server cannot be reached.").waitFor();
    await ada.shot("server-away");
    await parlour.restartServer();
    await ada.button("Create account").click();
    await ada.accountButton("ada").waitFor();
  });

  it("leads to where one wanted to go, and the back button leads back", async () => {
    const ada = await parlour.open("Ada");
    await register(ada, "ada");
    await signOut(ada, "ada");
    await isSignedOut(ada);
    await ada.goTo("/settings/profile");
    await ada.heading("Welcome back.").waitFor();
    await signIn(ada, "ada");
    await ada.heading("Profile").waitFor();
    expect(new URL(ada.page.url()).pathname).toBe("/settings/profile");
    await ada.goTo("/sign-in");
    await ada.heading("Pull up a chair.").waitFor();
    await signOut(ada, "ada");
    await ada.link("Sign in").click();
    await ada.heading("Welcome back.").waitFor();
    expect(await ada.page.title()).toBe("Sign in · Parlour");
    await ada.page.goBack();
    await ada.heading("Pull up a chair.").waitFor();
    await ada.page.goForward();
    await ada.heading("Welcome back.").waitFor();
    // Cut short in the middle of a letter: the console stays quiet.
    await ada.goTo("/rooms/%E0%A4%A");
    await ada.heading("Rooms are for people with a name.").waitFor();
    await ada.goTo("/ROOMS/");
    await ada.heading("Rooms are for people with a name.").waitFor();
    expect(await ada.page.title()).toBe("Rooms · Parlour");
    await ada.goTo("/no/such/page");
    await ada.heading("There is nothing here.").waitFor();
    await ada.isAccessible();
    await ada.link("To the parlour").click();
    await ada.heading("Pull up a chair.").waitFor();
  });

  it("is known to be over when the time has run out, without asking", async () => {
    const ada = await parlour.open("Ada");
    await register(ada, "ada");
    await ada.page.evaluate(() => {
      const hint = JSON.parse(localStorage.getItem("parlour.session") ?? "{}") as object;
      localStorage.setItem("parlour.session", JSON.stringify({ ...hint, expiresAt: Date.now() - 1 }));
    });
    await ada.page.reload();
    await ada.page.getByText("because you had not been here for a while").waitFor();
    await ada.button("Dismiss").click();
    await ada.page.getByText("because you had not been here for a while").waitFor({ state: "detached" });
  });
});

describe("one's account", () => {
  it("shows another name, and takes it back", async () => {
    const ada = await parlour.open("Ada");
    await register(ada, "ada");
    await ada.accountButton("ada").click();
    await ada.link("Settings").click();
    await ada.input("Shown as").fill("Ada Lovelace");
    await ada.input("Shown as").press("Enter");
    await ada.text("Saved.").waitFor();
    await ada.accountButton("Ada Lovelace").waitFor();
    await ada.input("Shown as").fill("");
    await ada.button("Save").click();
    await ada.accountButton("ada").waitFor();
  });

  it("takes a new password, and stays open here alone", async () => {
    const ada = await parlour.open("Ada");
    await register(ada, "ada");
    const phone = await parlour.open("Ada's phone");
    await phone.link("Sign in").click();
    await signIn(phone, "ada");
    await phone.accountButton("ada").waitFor();
    ada.expectRefusal(403);
    await ada.goTo("/settings/password");
    await ada.input("Present password").fill("wrong horse");
    await ada.input("New password").fill("another horse");
    await ada.button("Change password").click();
    await ada.text("That is not your present password.").waitFor();
    // Its token is void: the page finds out by asking.
    phone.expectRefusal(401);
    parlour.expectTrouble(ENDED_SOCKET);
    await ada.input("Present password").fill(PASSWORD);
    await ada.button("Change password").click();
    await ada.text("Your password is changed.").waitFor();
    await ada.shot("account");
    await phone.page.getByText("it was ended on another device").waitFor();
    await isSignedOut(phone);
    await ada.page.reload();
    await ada.accountButton("ada").waitFor();
    await signOut(ada, "ada");
    await ada.heading("Pull up a chair.").waitFor();
    await ada.link("Sign in").click();
    await signIn(ada, "ada", "another horse");
    await ada.accountButton("ada").waitFor();
  });
});

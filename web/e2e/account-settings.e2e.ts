import { describe, expect, it } from "vitest";
import { cookie, isRefused, PASSWORD, register, signIn } from "./account.ts";
import { standBetween } from "./answers.ts";
import { useParlour } from "./parlour.ts";
import type { Person } from "./person.ts";

/** It is replaced after half of it: so slow may a machine be. */
const LIFETIME_MS = 20_000;

/** The page has replaced its token. */
async function isRefreshed(person: Person): Promise<void> {
  const response = await person.page.waitForResponse((answer) => answer.url().endsWith("/api/auth/refresh"));
  expect(response.status()).toBe(200);
}

describe("a token of seconds", () => {
  const parlour = useParlour({ PARLOUR_AUTH_TOKEN_LIFETIME_MS: `${LIFETIME_MS}` });

  it("is replaced in time, and a chat outlives it", async () => {
    const ada = await parlour.open("Ada");
    await register(ada, "ada");
    const first = await cookie(ada);
    await ada.start();
    await ada.isWaiting();
    const mara = await parlour.open("Mara");
    await mara.start();
    await ada.isTalkingTo("Mara");
    // When the second one comes, the first has run out.
    for (let count = 1; count <= 2; count += 1) await isRefreshed(ada);
    await mara.say("Still there?");
    await ada.reads("Still there?");
    await ada.say("Still here");
    await mara.reads("Still here");
    expect(await cookie(ada)).not.toEqual(first);
    await ada.accountButton("ada").waitFor();
  });
});

describe("a server without guests and registration", () => {
  const parlour = useParlour({ PARLOUR_AUTH_GUESTS: "false", PARLOUR_AUTH_REGISTRATION: "false" });

  it("says so", async () => {
    const ada = await parlour.open("Ada");
    ada.expectRefusal(403);
    await ada.goTo("/guest");
    await ada.input("Name").fill("ada");
    await ada.button("Continue").click();
    await ada.page.getByRole("alert").getByText(/\w/u).first().waitFor();
    await ada.shot("no-guests");
    await ada.goTo("/register");
    await ada.input("Name").fill("ada");
    await ada.input("Password").fill(PASSWORD);
    await ada.button("Create account").click();
    await ada.page.getByRole("alert").getByText(/\w/u).first().waitFor();
    expect(await cookie(ada)).toBeUndefined();
  });
});

describe("whom one blocks", () => {
  const parlour = useParlour();

  it("bug: where it could not be had, there was no way to ask again", async () => {
    const ada = await parlour.open("Ada");
    await register(ada, "ada");
    const answer = await standBetween(ada);
    answer([{ asked: /GET \/api\/users\/blocked/u, answer: "refused" }]);
    await ada.goTo("/settings/blocked");
    await ada.button("Try again").click();
    await ada.button("Try again").waitFor();
    await ada.isAccessible();
    await ada.shot("blocked-failed");
    answer([]);
    await ada.button("Try again").click();
    await ada.text("You block nobody.").waitFor();
    await ada.button("Try again").waitFor({ state: "detached" });
    const focused = await ada.page.evaluate(() => document.activeElement?.textContent);
    expect(focused).toContain("You block nobody.");
  });
});

describe("signing in too often", () => {
  const parlour = useParlour({ PARLOUR_LOGINS_PER_MINUTE: "1" });

  it("says how long to wait after too many tries, and counts down", async () => {
    const ada = await parlour.open("Ada");
    await isRefused(ada, "ada");
    ada.expectRefusal(429);
    await signIn(ada, "ada");
    await ada.text(/Too many tries\. Try again in \d+ s\./u).waitFor();
    await expect.poll(() => ada.button("Sign in").getAttribute("aria-disabled")).toBe("true");
    await ada.isAccessible();
    await ada.shot("too-many-tries");
    await ada.later(60_000);
    await ada.text("You can try again now.").waitFor();
    await expect.poll(() => ada.button("Sign in").getAttribute("aria-disabled")).toBe("false");
    await expect.poll(() => ada.input("Password").inputValue()).toBe(PASSWORD);
  });
});

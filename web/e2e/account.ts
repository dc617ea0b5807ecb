import { expect } from "vitest";
import type { Person } from "./person.ts";

export const PASSWORD = "correct horse battery";
export const WRONG_PASSWORD = "wrong horse battery";

/** Creates an account through the page, from wherever the way to it is in sight. */
export async function createAccount(person: Person, username: string, displayName = ""): Promise<void> {
  await person.link("Create an account").click();
  await person.heading("Create an account").waitFor();
  await person.input("Name").fill(username);
  await person.input("Shown as").fill(displayName);
  await person.input("Password").fill(PASSWORD);
  await person.button("Create account").click();
}

/** Creates an account from the first screen. */
export async function register(person: Person, username: string, displayName = ""): Promise<void> {
  await createAccount(person, username, displayName);
  await person.accountButton(displayName === "" ? username : displayName).waitFor();
}

/** Signs in through the page, from wherever its sign-in form is in sight. */
export async function signIn(person: Person, username: string, password = PASSWORD): Promise<void> {
  await person.input("Name").fill(username);
  await person.input("Password").fill(password);
  await person.button("Sign in").click();
}

/** Makes an account, leaves it, and is refused with a wrong password, at the sign-in form. */
export async function isRefused(person: Person, username: string): Promise<void> {
  await register(person, username);
  await signOut(person, username);
  await person.link("Sign in").click();
  person.expectRefusal(401);
  await signIn(person, username, WRONG_PASSWORD);
  await person.text("The name or the password is not right.").waitFor();
}

export async function signOut(person: Person, name: string): Promise<void> {
  await person.accountButton(name).click();
  await person.button("Sign out").click();
}

/** Nobody is signed in here, and nothing of anybody is left. */
export async function isSignedOut(person: Person): Promise<void> {
  await person.page.getByRole("button", { name: /^Your account/u }).waitFor({ state: "detached" });
  expect(await cookie(person)).toBeUndefined();
  expect(await person.page.evaluate(() => localStorage.length)).toBe(0);
}

/** The page's token; `undefined` without one. */
export async function cookie(person: Person) {
  const cookies = await person.page.context().cookies();
  return cookies.find(({ name }) => name === "parlour_token");
}

/** Whether the field has the focus. */
export function hasFocus(person: Person, label: string): Promise<boolean> {
  return person.input(label).evaluate((element) => element === document.activeElement);
}

import type { Locator } from "playwright-core";
import { expect } from "vitest";
import type { Person } from "./person.ts";

/** What is said in what is open. */
export function messages(person: Person): Locator {
  return person.page.getByRole("log");
}

/** What was said before is there, or known not to be had. */
export async function areLoaded(person: Person): Promise<void> {
  await person.page.getByText("The messages are on their way.").waitFor({ state: "detached" });
}

/** The message is there, once. */
export async function readsOnce(person: Person, text: string): Promise<void> {
  const found = messages(person).getByText(text, { exact: true });
  await found.first().waitFor();
  expect(await found.count()).toBe(1);
}

/** Every message that was said so far has been stored. */
export async function allIsSent(person: Person): Promise<void> {
  await messages(person).getByText("being sent", { exact: true }).first().waitFor({ state: "detached" });
}

/** Where the message stands, in pixels from the top of the window. */
export async function place(person: Person, text: string): Promise<number> {
  const box = await messages(person).getByText(text, { exact: true }).boundingBox();
  if (box === null) throw new Error(`"${text}" is not in the page`);
  return box.y;
}

/** Scrolls the messages up until the one that is called `text` is in the page. */
export async function scrollUpTo(person: Person, text: string): Promise<void> {
  const wanted = messages(person).getByText(text, { exact: true });
  await messages(person).hover();
  for (let turn = 0; turn < 400 && (await wanted.count()) === 0; turn += 1) {
    await person.page.mouse.wheel(0, -400);
    await person.page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
  }
  await wanted.waitFor();
}

/** Two frames of the page: what a change of its layout leads to has been done. */
export function settled(person: Person): Promise<unknown> {
  return person.page.evaluate(
    () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve)))),
  );
}

/** Goes up, page by page, to where the room begins. */
export async function goToBeginning(person: Person): Promise<void> {
  const beginning = messages(person).getByText(/^This is where .* begins\.$/u);
  // A key would lead there in steps, which take their time.
  const toTop = async (): Promise<void> => {
    await messages(person).evaluate((log) => void (log.scrollTop = 0));
    await settled(person);
  };
  for (let turn = 0; turn < 400 && (await beginning.count()) === 0; turn += 1) {
    await toTop();
  }
  await toTop();
}

import type { Locator } from "playwright-core";
import { createAccount, PASSWORD } from "./account.ts";
import { areLoaded } from "./messages.ts";
import type { Person } from "./person.ts";

/** Makes an account and comes into the direct messages, through the page. */
export async function comeIntoDirect(person: Person, username: string, displayName = ""): Promise<void> {
  await directLink(person).click();
  await person.heading("Direct messages are for people with an account.").waitFor();
  await createAccount(person, username, displayName);
  await listIsThere(person);
}

export async function listIsThere(person: Person): Promise<void> {
  await person.page.getByRole("heading", { name: "Direct", exact: true }).waitFor();
  await search(person).waitFor();
}

/** The way to the direct messages, in the frame of the page. */
export function directLink(person: Person): Locator {
  return person.page.getByRole("navigation", { name: "Areas" }).getByRole("link", { name: /^Direct/u });
}

export function search(person: Person): Locator {
  return person.page.getByRole("searchbox", { name: "Find people" });
}

/** A conversation in the list. */
export function item(person: Person, name: string): Locator {
  return person.page.getByRole("list", { name: "Your conversations" }).getByRole("listitem").filter({ hasText: name });
}

/** Looks for somebody, and opens the conversation with them. */
export async function find(person: Person, query: string, name: string): Promise<void> {
  await search(person).fill(query);
  await person.page.getByRole("list", { name: "People" }).getByRole("button", { name }).click();
  await isWith(person, name);
}

/** Opens a conversation from the list. */
export async function openWith(person: Person, name: string): Promise<void> {
  await item(person, name).getByRole("link").click();
  await isWith(person, name);
}

/** The conversation is open, and can be written in. */
export async function isWith(person: Person, name: string): Promise<void> {
  await heading(person, name).waitFor();
  await person.field.waitFor();
  await areLoaded(person);
}

export function heading(person: Person, name: string): Locator {
  return person.page.getByRole("heading", { level: 1, name, exact: true });
}

/** What the header says of the other one. */
export function presence(person: Person, words: string | RegExp): Locator {
  return person.page.getByRole("main").getByRole("heading", { level: 1 }).locator("xpath=..").getByText(words);
}

/** The last of one's own messages has come so far. */
export async function lastIs(person: Person, word: "sent" | "read"): Promise<void> {
  await person.page.getByRole("log").getByText(word, { exact: true }).last().waitFor();
}

/** Makes so many accounts, "writer1" and so on, each with a line to `userId`, over HTTP. */
export async function othersWrite(person: Person, userId: string, count: number): Promise<void> {
  for (let number = 1; number <= count; number += 1) {
    await person.page.evaluate(
      async ({ to, nth, password }) => {
        const send = async (path: string, what: object, token?: string): Promise<Record<string, never>> => {
          const bearer = token === undefined ? {} : { Authorization: `Bearer ${token}` };
          const headers = { "Content-Type": "application/json", ...bearer };
          const response = await fetch(`/api${path}`, { method: "POST", headers, body: JSON.stringify(what), credentials: "omit" });
          if (!response.ok) throw new Error(await response.text());
          return (await response.json()) as Record<string, never>;
        };
        const { token } = await send("/auth/register", { username: `writer${nth}`, password });
        const { conversationId } = await send("/messages/conversations", { userId: to }, token);
        await send("/messages/send", { conversationId, messageText: `Line of writer ${nth}` }, token);
      },
      { to: userId, nth: number, password: PASSWORD },
    );
  }
}

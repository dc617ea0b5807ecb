import type { Locator } from "playwright-core";
import { createAccount } from "./account.ts";
import { areLoaded, messages } from "./messages.ts";
import type { Person } from "./person.ts";

/** Makes an account and comes into the channels, through the page. */
export async function comeIntoChannels(person: Person, username: string, displayName = ""): Promise<void> {
  await channelsLink(person).click();
  await person.heading("Channels are for people with a name.").waitFor();
  await createAccount(person, username, displayName);
  await channelsAreThere(person);
}

export async function channelsAreThere(person: Person): Promise<void> {
  await person.page.getByRole("heading", { name: "Channels", exact: true }).waitFor();
  await search(person).waitFor();
}

/** The way to the channels, in the frame of the page. */
export function channelsLink(person: Person): Locator {
  return person.page.getByRole("navigation", { name: "Areas" }).getByRole("link", { name: /^Channels/u });
}

export function search(person: Person): Locator {
  return person.page.getByRole("searchbox", { name: "Search channels" });
}

/** A channel in the list. */
export function item(person: Person, name: string): Locator {
  return person.page.getByRole("region", { name: "Channels" }).getByRole("listitem").filter({ hasText: name });
}

/** Makes a channel through the page; one is in it then. */
export async function makeChannel(
  person: Person,
  name: string,
  { visibility = "Public", description = "" }: { readonly visibility?: "Public" | "Private"; readonly description?: string } = {},
): Promise<void> {
  await person.button("New channel").click();
  const dialog = person.page.getByRole("dialog", { name: "A new channel" });
  await dialog.getByLabel("Name of the channel").fill(name);
  await dialog.getByLabel("What it is about").fill(description);
  await dialog.getByRole("radio", { name: new RegExp(`^${visibility}`, "u") }).check();
  await dialog.getByRole("button", { name: "Make the channel" }).click();
  await isIn(person, name);
}

/** Opens a channel from the list. */
export async function openChannel(person: Person, name: string): Promise<void> {
  await item(person, name).getByRole("link").click();
  await heading(person, name).waitFor();
}

/** Opens a public channel and joins it. */
export async function joinChannel(person: Person, name: string): Promise<void> {
  await openChannel(person, name);
  await person.button("Join this channel").click();
  await isIn(person, name);
}

/** Invites somebody to the open private channel. */
export async function invite(person: Person, username: string, shown = username): Promise<void> {
  await person.button("Invite").click();
  const dialog = person.page.getByRole("dialog", { name: /^Invite to/u });
  await dialog.getByRole("searchbox").fill(username);
  await dialog.getByRole("list", { name: "People" }).getByRole("button").filter({ hasText: shown }).click();
  await dialog.getByRole("status").filter({ hasText: `${shown} is in now.` }).waitFor();
  await dialog.getByRole("button", { name: "Done" }).click();
}

/** One is in the channel, and hears what is new. */
export async function isIn(person: Person, name: string): Promise<void> {
  await heading(person, name).waitFor();
  await person.field.waitFor();
  await person.page.getByRole("button", { name: /\d here$/u }).waitFor();
  await areLoaded(person);
}

export function heading(person: Person, name: string): Locator {
  return person.page.getByRole("heading", { level: 1, name, exact: true });
}

/** A message, with what is said of how far it has come. */
export function row(person: Person, text: string): Locator {
  return messages(person).locator("[data-index]").filter({ hasText: text });
}

/** How far one's own message has come, in words. */
export async function is(person: Person, text: string, words: string | RegExp): Promise<void> {
  await row(person, text).getByText(words).first().waitFor();
}

/** Says something to a server that does not answer, until the page waits for that no longer. */
export async function sayInVain(person: Person, text: string): Promise<void> {
  await person.say(text);
  await is(person, text, "being sent");
  await person.later(10_000);
  await is(person, text, /No answer yet/u);
}

import type { Locator } from "playwright-core";
import { createAccount } from "./account.ts";
import { api } from "./api.ts";
import { areLoaded } from "./messages.ts";
import type { Person } from "./person.ts";

/** Makes an account and comes into the rooms, through the page. */
export async function comeIn(person: Person, username: string, displayName = ""): Promise<void> {
  await roomsLink(person).click();
  await person.heading("Rooms are for people with a name.").waitFor();
  await createAccount(person, username, displayName);
  await listIsThere(person);
}

/** Comes into the rooms as a guest. */
export async function comeInAsGuest(person: Person, name: string): Promise<void> {
  await roomsLink(person).click();
  await person.link("Continue as guest").click();
  await person.input("Name").fill(name);
  await person.button("Continue").click();
  await listIsThere(person);
}

export async function listIsThere(person: Person): Promise<void> {
  await person.page.getByRole("heading", { name: "Rooms", exact: true }).waitFor();
  await search(person).waitFor();
}

/** The way to the rooms, in the frame of the page. */
export function roomsLink(person: Person): Locator {
  return person.page.getByRole("navigation", { name: "Areas" }).getByRole("link", { name: /^Rooms/u });
}

export function search(person: Person): Locator {
  return person.page.getByRole("searchbox", { name: "Search rooms" });
}

/** A room in the list. */
export function item(person: Person, name: string): Locator {
  return person.page.getByRole("region", { name: "Rooms" }).getByRole("listitem").filter({ hasText: name });
}

/** Makes a room through the page; one is in it then. */
export async function makeRoom(person: Person, name: string, description = ""): Promise<void> {
  await person.button("New room").click();
  const dialog = person.page.getByRole("dialog", { name: "A new room" });
  await dialog.getByLabel("Name of the room").fill(name);
  await dialog.getByLabel("What it is about").fill(description);
  await dialog.getByRole("button", { name: "Make the room" }).click();
  await isIn(person, name);
}

/** Opens a room from the list. */
export async function openRoom(person: Person, name: string): Promise<void> {
  await item(person, name).getByRole("link").click();
  await roomHeading(person, name).waitFor();
}

/** Opens a room and joins it. */
export async function joinRoom(person: Person, name: string): Promise<void> {
  await openRoom(person, name);
  await person.button("Join this room").click();
  await isIn(person, name);
}

/** One is in the room, and hears what is new. */
export async function isIn(person: Person, name: string): Promise<void> {
  await roomHeading(person, name).waitFor();
  await person.field.waitFor();
  await person.page.getByRole("button", { name: /\d here$/u }).waitFor();
  await areLoaded(person);
}

export function roomHeading(person: Person, name: string): Locator {
  return person.page.getByRole("heading", { level: 1, name, exact: true });
}

interface Made {
  readonly room: { readonly _id: string };
}

/** Makes a room over HTTP, with so many messages in it: "Message 1 of many" and so on. */
export async function roomWith(person: Person, name: string, count: number): Promise<string> {
  const { room } = await api<Made>(person, "POST", "/chat/rooms", { name });
  await sayMany(person, room._id, count);
  return room._id;
}

/** Says "Message 1 of many" and so on over HTTP, one after the other. */
export async function sayMany(person: Person, roomId: string, count: number): Promise<void> {
  await person.page.evaluate(
    async ({ id, last }) => {
      for (let number = 1; number <= last; number += 1) {
        const body = JSON.stringify({ content: `Message ${number} of many`, clientId: `many-${number}` });
        const headers = { "Content-Type": "application/json" };
        const response = await fetch(`/api/chat/rooms/${id}/messages`, { method: "POST", headers, body });
        if (!response.ok) throw new Error(await response.text());
      }
    },
    { id: roomId, last: count },
  );
}

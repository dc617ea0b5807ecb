import { expect } from "vitest";
import type { RoutePath } from "../src/app/routes.ts";
import type { DialogName } from "../src/components/ui/dialog-names.ts";
import { PASSWORD } from "./account.ts";
import { api } from "./api.ts";
import { channelsAreThere, comeIntoChannels } from "./channels.ts";
import type { Parlour } from "./parlour.ts";
import type { Person } from "./person.ts";

/** What the visits find: two people with an account, who have something to look at, and one without. */
export interface World {
  readonly ada: Person;
  readonly nobody: Person;
  readonly roomId: string;
  readonly channelId: string;
  readonly conversationId: string;
}

const PRETTY = { reducedMotion: "reduce" } as const;

export async function makeWorld(parlour: Parlour): Promise<World> {
  const ada = await parlour.open("Ada", PRETTY);
  await comeIntoChannels(ada, "ada", "Ada Lovelace");
  const nobody = await parlour.open("Nobody", PRETTY);
  const mara = await newAccount(nobody, "mara");
  const tom = await newAccount(nobody, "tom");
  const { room } = await api<{ room: { _id: string } }>(ada, "POST", "/chat/rooms", { name: "Tea", description: "Leaves" });
  const { channel } = await api<{ channel: { _id: string } }>(ada, "POST", "/channels", { name: "Engines", visibility: "private" });
  await api(ada, "POST", `/channels/${channel._id}/members`, { userId: mara });
  for (const line of ["Hello. Look: https://example.org/", "مرحبا! كيف حالك اليوم؟", "🎉👩‍👩‍👧‍👦❤️"]) {
    await api(ada, "POST", `/chat/rooms/${room._id}/messages`, { content: line });
    await api(ada, "POST", `/channels/${channel._id}/messages`, { body: line });
  }
  const { conversationId } = await api<{ conversationId: string }>(ada, "POST", "/messages/conversations", { userId: mara });
  await api(ada, "POST", "/messages/send", { conversationId, messageText: "Good evening!" });
  await api(ada, "POST", `/users/${tom}/block`);
  return { ada, nobody, roomId: room._id, channelId: channel._id, conversationId };
}

/** Makes an account over HTTP, of which the browser keeps nothing: its id. */
async function newAccount(person: Person, username: string): Promise<string> {
  return (await register(person, username)).user.id;
}

interface Registered {
  readonly user: { readonly id: string };
  readonly token: string;
}

function register(person: Person, username: string): Promise<Registered> {
  return person.page.evaluate(
    async (body) => {
      const headers = { "Content-Type": "application/json" };
      const response = await fetch("/api/auth/register", { method: "POST", headers, body, credentials: "omit" });
      return (await response.json()) as Registered;
    },
    JSON.stringify({ username, password: PASSWORD }),
  );
}

/** So many messages wait in each area: more than a badge counts. */
const MANY = 100;

/** Lets somebody who comes for it write `ada` more in each area than she could read. */
export async function leaveUnread({ ada, nobody, roomId, channelId }: World): Promise<void> {
  const eve = await register(nobody, "eve");
  await api(ada, "POST", `/channels/${channelId}/members`, { userId: eve.user.id });
  const self = (await api<{ user: { id: string } }>(ada, "GET", "/auth/me")).user.id;
  const posts: [path: string, body: object][] = [
    [`/chat/rooms/${roomId}/messages`, { content: "More" }],
    [`/channels/${channelId}/messages`, { body: "More" }],
  ];
  await nobody.page.evaluate(
    async ({ token, wanted, room, other, times }) => {
      const ask = async <T>(path: string, body: object): Promise<T> => {
        const headers = { "Content-Type": "application/json", Authorization: `Bearer ${token}` };
        const request = { method: "POST", headers, body: JSON.stringify(body), credentials: "omit" } as const;
        const response = await fetch(`/api${path}`, request);
        if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
        return (await response.json()) as T;
      };
      await ask(`/chat/rooms/${room}/join`, {});
      const { conversationId } = await ask<{ conversationId: string }>("/messages/conversations", { userId: other });
      for (let time = 0; time < times; time += 1) {
        for (const [path, body] of wanted) await ask(path, body);
        await ask("/messages/send", { conversationId, messageText: "More" });
      }
    },
    { token: eve.token, wanted: posts, room: roomId, other: self, times: MANY },
  );
  const areas = ada.page.getByRole("navigation", { name: "Areas" });
  await expect.poll(() => areas.getByText("99+ unread").count()).toBe(3);
}

/** Goes somewhere and waits until it is there; whose page it is. */
type Visit = (world: World) => Promise<Person>;

/** Goes to an address and waits for its heading. */
export async function at(person: Person, path: string, heading: string): Promise<Person> {
  await person.goTo(path);
  await person.page.getByRole("heading", { name: heading, exact: true }).first().waitFor();
  return person;
}

async function talkAt(world: World, path: string, heading: string, line: string): Promise<Person> {
  const ada = await at(world.ada, path, heading);
  await ada.page.getByRole("log").getByText(line).waitFor();
  return ada;
}

/** How to come to each address. */
export const ROUTE_VISITS: Readonly<Record<RoutePath, Visit>> = {
  "/": ({ nobody }) => at(nobody, "/", "Pull up a chair."),
  "/sign-in": ({ nobody }) => at(nobody, "/sign-in", "Welcome back."),
  "/register": ({ nobody }) => at(nobody, "/register", "Create an account"),
  "/guest": ({ nobody }) => at(nobody, "/guest", "Continue as guest"),
  "/settings": ({ nobody }) => at(nobody, "/settings", "Settings"),
  "/settings/:section": ({ ada }) => at(ada, "/settings/profile", "Profile"),
  "/rooms": async ({ ada }) => {
    await at(ada, "/rooms", "Rooms");
    await ada.page.getByRole("listitem").first().waitFor();
    return ada;
  },
  "/rooms/:groupId": (world) => talkAt(world, `/rooms/${world.roomId}`, "Tea", "مرحبا"),
  "/direct": async ({ ada }) => {
    await at(ada, "/direct", "Direct");
    await ada.page.getByRole("listitem").first().waitFor();
    return ada;
  },
  "/direct/:conversationId": (world) => talkAt(world, `/direct/${world.conversationId}`, "mara", "Good evening!"),
  "/channels": async ({ ada }) => {
    await at(ada, "/channels", "Channels");
    await channelsAreThere(ada);
    return ada;
  },
  "/channels/:groupId": (world) => talkAt(world, `/channels/${world.channelId}`, "Engines", "مرحبا"),
  "*": ({ nobody }) => at(nobody, "/no/such/page", "There is nothing here."),
};

/** How to come to each part of the settings. */
export function visitSection({ ada }: World, id: string, title: string): Promise<Person> {
  return at(ada, `/settings/${id}`, title);
}

async function press(person: Person, name: string): Promise<Person> {
  const button = person.button(name);
  await button.waitFor();
  await button.click();
  return person;
}

/** How to come to each question, from any page. */
export const DIALOG_VISITS: Readonly<Record<DialogName, Visit>> = {
  shortcuts: async ({ ada }) => {
    await at(ada, "/settings/appearance", "Appearance");
    await ada.page.keyboard.press("?");
    return ada;
  },
  "sign-out": async ({ ada }) => {
    await at(ada, "/", "Pull up a chair.");
    await ada.start();
    await ada.isWaiting();
    await ada.accountButton("Ada Lovelace").click();
    return press(ada, "Sign out");
  },
  "sign-out-everywhere": async ({ ada }) => press(await at(ada, "/settings/sessions", "Signing out"), "Sign out everywhere"),
  "block-stranger": async ({ ada, nobody }) => {
    await at(ada, "/", "Pull up a chair.");
    await at(nobody, "/", "Pull up a chair.");
    await ada.start();
    await nobody.start();
    await ada.isTalkingTo("Nobody");
    return press(ada, "Block");
  },
  "block-person": async (world) => press(await ROUTE_VISITS["/direct/:conversationId"](world), "Block"),
  "block-member": async (world) => {
    const ada = await ROUTE_VISITS["/channels/:groupId"](world);
    await ada.page.getByRole("button", { name: /^People/u }).click();
    return press(ada, "Block mara");
  },
  "blocked-people": async (world) => {
    const ada = await press(await ROUTE_VISITS["/direct"](world), "Blocked");
    await ada.button("Unblock tom").waitFor();
    return ada;
  },
  "new-room": async (world) => press(await ROUTE_VISITS["/rooms"](world), "New room"),
  "new-channel": async (world) => press(await ROUTE_VISITS["/channels"](world), "New channel"),
  "leave-group": async (world) => press(await ROUTE_VISITS["/rooms/:groupId"](world), "Leave"),
  invite: async (world) => press(await ROUTE_VISITS["/channels/:groupId"](world), "Invite"),
  "remove-member": async (world) => {
    const ada = await ROUTE_VISITS["/channels/:groupId"](world);
    await ada.page.getByRole("button", { name: /^People/u }).click();
    return press(ada, "Remove mara");
  },
};

/** How people have their browsers; each of them is looked at with the same page. */
const LOOKS = [
  ["light", { colorScheme: "light", contrast: "no-preference" }, null],
  ["dark", { colorScheme: "dark", contrast: "no-preference" }, null],
  ["contrast", { colorScheme: "light", contrast: "more" }, null],
  ["phone", { colorScheme: "light", contrast: "no-preference" }, { width: 390, height: 844 }],
] as const;
/** The window that all of it is looked at in, but for the phone. */
export const WIDE = { width: 1_100, height: 760 };
/** 200 % zoom of a window is half of it, to the page: of that one, and of one of 1,280 pixels. */
const ZOOMED = [550, 640].map((width) => ({ width, height: WIDE.height / 2 }));
/** What WCAG 1.4.12 says that a reader may do to a text. */
const SPACED = "* { letter-spacing: 0.12em !important; word-spacing: 0.16em !important; line-height: 1.5 !important }";

/** axe finds nothing here, however one looks at it, and nothing is wider than the window. */
export async function isGoodInEveryLook(person: Person, name: string): Promise<void> {
  const { page } = person;
  for (const [look, media, size] of LOOKS) {
    await page.emulateMedia(media);
    if (size !== null) await page.setViewportSize(size);
    await person.isAccessible();
    await person.fitsSideways();
    expect(await motions(person), `what moves on ${name}`).toEqual([]);
    if (process.env.E2E_LOOKS !== undefined) await person.shot(`every-${name}-${look}`);
    if (size !== null) await page.setViewportSize(WIDE);
  }
  await page.emulateMedia({ colorScheme: null, contrast: null });
  for (const size of ZOOMED) {
    await page.setViewportSize(size);
    await person.fitsSideways();
  }
  await spaceText(person, true);
  await person.fitsSideways();
  await spaceText(person, false);
  await page.setViewportSize(WIDE);
}

/** Gives all text more room between its letters, words and lines, or no more; the page's policy lets no style in. */
export async function spaceText({ page }: Person, isSpaced: boolean): Promise<void> {
  await page.evaluate(
    async (rules) => {
      const sheet = new CSSStyleSheet();
      await sheet.replace(rules);
      document.adoptedStyleSheets = [sheet];
    },
    isSpaced ? SPACED : "",
  );
}

/** Whoever wants less motion has none: longer than this, it would be seen. */
const UNSEEN_MS = 10;

/** What moves now. */
function motions(person: Person): Promise<string[]> {
  return person.page.evaluate(
    (unseen) =>
      document
        .getAnimations()
        .filter((one) => one.playState === "running" && Number(one.effect?.getComputedTiming().endTime) > unseen)
        .map((one) => (one instanceof CSSAnimation ? one.animationName : one instanceof CSSTransition ? one.transitionProperty : "motion")),
    UNSEEN_MS,
  );
}

/** The question stands before the page, and the focus comes back from it to where it was. */
export async function isAskedAndLeft(person: Person, name: DialogName, look: () => Promise<void>): Promise<void> {
  const dialog = person.page.locator(`dialog[data-dialog="${name}"][open]`);
  await dialog.waitFor();
  await look();
  await person.page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  expect(await person.page.evaluate(() => document.activeElement !== document.body), `the focus after ${name}`).toBe(true);
}

import { describe, expect, it } from "vitest";
import { api } from "./api.ts";
import { comeIntoDirect, find, isWith } from "./direct.ts";
import { readsOnce } from "./messages.ts";
import { ENDED_SOCKET, useParlour } from "./parlour.ts";
import type { Person } from "./person.ts";
import { comeIn, isIn, joinRoom, listIsThere, makeRoom, openRoom, roomsLink } from "./rooms.ts";

const parlour = useParlour();

interface Note {
  readonly title: string;
  readonly body: string | undefined;
  readonly press: () => void;
}

interface Watched {
  notes: Note[];
  sounds: number;
  asked: number;
}

/** What a person says when asked; or their browser lets no page show anything, whatever they say. */
type Answer = "granted" | "denied" | "never";

/**
 * From the next load on the page has a system that notes what it is asked to show, and how often something is
 * heard; the person says yes or no when asked. A headless browser has no system to show anything on.
 */
async function watch(person: Person, answer: Answer = "granted"): Promise<void> {
  await person.page.context().addInitScript((says) => {
    const watched: Watched = { notes: [], sounds: 0, asked: 0 };
    (window as unknown as { watched: Watched }).watched = watched;
    const key = "spec.permission";
    class Noted extends EventTarget {
      static get permission(): string {
        return sessionStorage.getItem(key) ?? "default";
      }
      static requestPermission(): Promise<string> {
        watched.asked += 1;
        const permission = sessionStorage.getItem("spec.answer") ?? (says === "never" ? "granted" : says);
        sessionStorage.setItem(key, permission);
        return Promise.resolve(permission);
      }
      constructor(title: string, options: { body?: string }) {
        super();
        // As Chrome on Android does.
        if (says === "never") throw new TypeError("Illegal constructor");
        if (Noted.permission !== "granted") return;
        watched.notes.push({ title, body: options.body, press: () => this.dispatchEvent(new Event("click")) });
      }
      close(): void {
        sessionStorage.setItem("spec.closed", `${Number(sessionStorage.getItem("spec.closed") ?? "0") + 1}`);
      }
    }
    Object.defineProperty(window, "Notification", { value: Noted });
    // Nobody hears it, and this machine may take long to get ready for it.
    Object.defineProperty(AudioContext.prototype, "state", { get: () => "running", configurable: true });
    const start = (): number => (watched.sounds += 1);
    // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its own object
    const before = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function noted(when?: number): void {
      start();
      before.call(this, when);
    };
  }, answer);
  await person.page.reload();
}

async function told(person: Person): Promise<readonly { title: string; body: string | undefined }[]> {
  return person.page.evaluate(() =>
    (window as unknown as { watched: Watched }).watched.notes.map(({ title, body }) => ({ title, body })),
  );
}

/** How often something was heard: each sound has two notes. */
async function heard(person: Person): Promise<number> {
  return person.page.evaluate(() => (window as unknown as { watched: Watched }).watched.sounds / 2);
}

async function asked(person: Person): Promise<number> {
  return person.page.evaluate(() => (window as unknown as { watched: Watched }).watched.asked);
}

async function toSettings(person: Person, name: string): Promise<void> {
  await person.accountButton(name).click();
  await person.link("Settings").click();
  await person.page.getByRole("link", { name: /^Notifications and sound/u }).click();
  await person.heading("Notifications and sound").waitFor();
}

async function turnOn(person: Person, name: "Notifications" | "Sound"): Promise<void> {
  await person.page.getByRole("switch", { name }).click();
  await person.page.getByRole("switch", { name, checked: true }).waitFor();
}

async function two(): Promise<[ada: Person, mara: Person]> {
  const ada = await parlour.open("Ada");
  await watch(ada);
  await comeIn(ada, "ada");
  await makeRoom(ada, "Tea");
  const mara = await parlour.open("Mara");
  await comeIn(mara, "mara", "Mara Okafor");
  await joinRoom(mara, "Tea");
  return [ada, mara];
}

describe("notifications and sound", () => {
  it("are not there unless somebody asked for them, and nobody is asked before", async () => {
    const [ada, mara] = await two();
    await ada.goTo("/settings/notifications");
    await ada.heading("Notifications and sound").waitFor();
    await mara.say("Nobody is told of this");
    await roomsLink(ada).getByText("1 unread").waitFor();
    expect([await told(ada), await heard(ada), await asked(ada)]).toEqual([[], 0, 0]);
  });

  it("tell of what one does not look at, once, and open it when pressed", async () => {
    const [ada, mara] = await two();
    await toSettings(ada, "ada");
    await turnOn(ada, "Notifications");
    expect(await asked(ada)).toBe(1);
    await turnOn(ada, "Sound");
    await expect.poll(() => heard(ada)).toBe(1);
    await ada.later(1_000);
    await mara.say("The kettle is on");
    await expect.poll(() => told(ada)).toEqual([{ title: "Mara Okafor · Tea", body: "The kettle is on" }]);
    await expect.poll(() => heard(ada)).toBe(2);
    expect(await ada.page.title()).toBe("(1) Settings · Parlour");
    await ada.page.evaluate(() => (window as unknown as { watched: Watched }).watched.notes[0]?.press());
    await isIn(ada, "Tea");
    // What is in sight is told of by nothing else; one's own never.
    await ada.say("I come");
    await mara.say("Bring cups");
    await readsOnce(ada, "Bring cups");
    await ada.later(1_000);
    expect((await told(ada)).length).toBe(1);
    expect(await heard(ada)).toBe(2);
    expect(await ada.page.evaluate(() => sessionStorage.getItem("spec.closed"))).not.toBeNull();
  });

  it("are one over several tabs, and none where one of them shows it", async () => {
    const [ada, mara] = await two();
    await makeRoom(ada, "Coffee");
    // It was not there when she listed them.
    await mara.page.reload();
    await joinRoom(mara, "Coffee");
    await openRoom(mara, "Tea");
    await isIn(mara, "Tea");
    await toSettings(ada, "ada");
    await turnOn(ada, "Notifications");
    const tabs = [ada, await parlour.tab(ada), await parlour.tab(ada)] as const;
    for (const tab of tabs.slice(1)) {
      await tab.page.evaluate(() => sessionStorage.setItem("spec.permission", "granted"));
      await roomsLink(tab).click();
      await listIsThere(tab);
    }
    await mara.say("To all of you");
    for (const tab of tabs) await roomsLink(tab).getByText("1 unread").waitFor();
    const all = async (): Promise<unknown[]> => (await Promise.all(tabs.map(told))).flat().map(({ body }) => body);
    await expect.poll(all).toEqual(["To all of you"]);
    await tabs[2].page.getByRole("region", { name: "Rooms" }).getByRole("link", { name: /Tea/u }).click();
    await readsOnce(tabs[2], "To all of you");
    // The others give way to it for a moment, in which a slow machine may not even have shown it. One clock is all tabs'.
    await ada.slowly(async () => {
      await mara.say("Somebody reads this");
      await readsOnce(tabs[2], "Somebody reads this");
      await mara.say("And this");
      await readsOnce(tabs[2], "And this");
      await openRoom(mara, "Coffee");
      await isIn(mara, "Coffee");
      for (const text of ["One", "Two", "Three"]) await mara.say(text);
      // Whoever has heard of these has heard of those.
      for (const tab of tabs) await roomsLink(tab).getByText("3 unread").waitFor();
    });
    await ada.later(1_000);
    await expect.poll(all).toContain("Three");
    expect((await all()).filter((body) => body === "Somebody reads this" || body === "And this")).toEqual([]);
  });

  it("tell of somebody who writes for the first time, and say so where the browser blocks them", async () => {
    const ada = await parlour.open("Ada");
    await watch(ada);
    await comeIntoDirect(ada, "ada", "Ada Lovelace");
    await toSettings(ada, "Ada Lovelace");
    await turnOn(ada, "Notifications");
    const mara = await parlour.open("Mara");
    await comeIntoDirect(mara, "mara", "Mara Okafor");
    await find(mara, "ada", "Ada Lovelace");
    await mara.say("We have not met");
    await expect.poll(() => told(ada)).toEqual([{ title: "Mara Okafor", body: "We have not met" }]);
    await ada.page.evaluate(() => (window as unknown as { watched: Watched }).watched.notes[0]?.press());
    await isWith(ada, "Mara Okafor");
    await readsOnce(ada, "We have not met");

    await watch(mara, "denied");
    await toSettings(mara, "Mara Okafor");
    // First the question is only closed.
    await mara.page.evaluate(() => sessionStorage.setItem("spec.answer", "default"));
    await mara.page.getByRole("switch", { name: "Notifications" }).click();
    await mara.text(/got no answer: they stay off/u).waitFor();
    await mara.page.evaluate(() => sessionStorage.removeItem("spec.answer"));
    await mara.page.getByRole("switch", { name: "Notifications" }).click();
    await mara.text(/Your browser blocks notifications/u).waitFor();
    await expect.poll(() => mara.page.getByRole("switch", { name: "Notifications" }).getAttribute("aria-checked")).toBe("false");
    await mara.text(/allow them there; then switch them on here/u).waitFor();
    await mara.isAccessible();
    await mara.shot("notifications-denied");
  });

  it("are not offered where the browser shows none from a page, and a message is heard all the same", async () => {
    const [ada, mara] = await two();
    await watch(ada, "never");
    const words = /shows no notifications from a page/u;
    await ada.goTo("/settings/notifications");
    await ada.text(words).waitFor();
    expect(await ada.page.getByRole("switch", { name: "Notifications" }).count()).toBe(0);
    await turnOn(ada, "Sound");
    expect(await asked(ada)).toBe(0);
    await ada.isAccessible();
    await ada.shot("notifications-none");

    // Somebody has allowed them in the browser's own settings: that it shows none is known once it was tried.
    await ada.page.evaluate(() => sessionStorage.setItem("spec.permission", "granted"));
    await ada.page.reload();
    await ada.page.getByRole("switch", { name: "Notifications" }).click();
    await ada.text(words).waitFor();
    expect(await ada.page.getByRole("switch", { name: "Notifications" }).count()).toBe(0);
    expect(await ada.page.evaluate(() => document.activeElement !== document.body)).toBe(true);

    // As if they had been on before: nothing is thrown, and the sound goes by itself.
    await ada.page.evaluate(() => {
      for (const [key, value] of Object.entries(localStorage)) {
        if (String(value).includes('"notifications":false')) {
          localStorage.setItem(key, String(value).replace('"notifications":false', '"notifications":true'));
        }
      }
    });
    await ada.page.reload();
    await ada.heading("Notifications and sound").waitFor();
    await ada.page.getByRole("switch", { name: "Notifications", checked: true }).waitFor();
    await roomsLink(ada).waitFor();
    await mara.say("The kettle is on");
    await expect.poll(() => heard(ada)).toBe(1);
    expect(await told(ada)).toEqual([]);
    expect(ada.troubles).toEqual([]);
  });

  it("show what they look like where they were allowed before", async () => {
    const ada = await parlour.open("Ada");
    await watch(ada);
    await ada.page.evaluate(() => sessionStorage.setItem("spec.permission", "granted"));
    await ada.goTo("/settings/notifications");
    await turnOn(ada, "Notifications");
    expect(await told(ada)).toEqual([{ title: "Notifications are on", body: "They look like this." }]);
  });
});

describe("signing out everywhere", () => {
  it("ends every browser's session", async () => {
    const ada = await parlour.open("Ada");
    await comeIn(ada, "ada");
    await api(ada, "POST", "/chat/rooms", { name: "Tea" });
    const phone = await parlour.open("Ada's phone");
    await phone.link("Sign in").click();
    await phone.input("Name").fill("ada");
    await phone.input("Password").fill("correct horse battery");
    await phone.button("Sign in").click();
    await phone.accountButton("ada").waitFor();
    await ada.goTo("/settings/sessions");
    parlour.expectTrouble(ENDED_SOCKET);
    await ada.button("Sign out everywhere").click();
    phone.expectRefusal(401);
    await ada.page.getByRole("dialog").getByRole("button", { name: "Sign out everywhere" }).click();
    await ada.heading("Pull up a chair.").waitFor();
    await phone.page.getByText("it was ended on another device").waitFor();
    await phone.accountButton("ada").waitFor({ state: "detached" });
  });
});

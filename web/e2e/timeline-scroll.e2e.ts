import type { Locator } from "playwright-core";
import { describe, expect, it } from "vitest";
import { api } from "./api.ts";
import { channelsLink, is, makeChannel } from "./channels.ts";
import { directLink, find, isWith } from "./direct.ts";
import { goToBeginning, messages, readsOnce, settled } from "./messages.ts";
import { useParlour } from "./parlour.ts";
import type { Person } from "./person.ts";
import { comeIn, isIn, joinRoom, makeRoom, roomHeading, roomsLink, sayMany } from "./rooms.ts";
import { seedRoom, wordsOf } from "./seed.ts";

const parlour = useParlour({ PARLOUR_LIMITS_ENABLED: "false" });
/** More than are known at once. */
const MANY = 560;

/** The row of the message that begins with these words. */
function row(person: Person, words: string): Locator {
  return messages(person).locator("[data-index]").filter({ hasText: words });
}

interface Reading {
  /** What the first row says that can be read whole. */
  readonly words: string;
  /** How far it is below the top of the messages, in pixels. */
  readonly offset: number;
}

/** The first line that can be read, and where it is. */
function reading(person: Person): Promise<Reading> {
  return messages(person).evaluate((log) => {
    const { top } = log.getBoundingClientRect();
    const rows = [...log.querySelectorAll("[data-index]")];
    const places = rows.map((one) => ({ words: one.textContent, offset: one.getBoundingClientRect().top - top }));
    return places.filter(({ offset }) => offset >= 0).sort((one, other) => one.offset - other.offset)[0]!;
  });
}

/** How far the line has moved since. */
async function moved(person: Person, { words, offset }: Reading): Promise<number> {
  const now = await messages(person).evaluate((log, wanted) => {
    const found = [...log.querySelectorAll("[data-index]")].find((one) => one.textContent === wanted);
    return found === undefined ? null : found.getBoundingClientRect().top - log.getBoundingClientRect().top;
  }, words);
  if (now === null) throw new Error(`"${words}" is not in the page any more`);
  return Math.abs(now - offset);
}

/** How far the end of the messages is below what can be seen. */
function belowEnd(person: Person): Promise<number> {
  return messages(person).evaluate((log) => log.scrollHeight - log.scrollTop - log.clientHeight);
}

/** Scrolls up so far, a screen at a time, with the wheel. */
async function scrollUp(person: Person, screens: number): Promise<void> {
  await messages(person).hover();
  for (let turn = 0; turn < screens; turn += 1) {
    await person.page.mouse.wheel(0, -600);
    await settled(person);
  }
}

async function openSeeded(person: Person, count: number): Promise<string> {
  const roomId = await seedRoom(parlour.url(), "Kettle", count);
  await person.goTo(`/rooms/${roomId}`);
  await roomHeading(person, "Kettle").waitFor();
  await messages(person).getByText(wordsOf(count), { exact: true }).waitFor();
  return roomId;
}

describe("the line that one reads", () => {
  it("stays where it is when the window, the letters, or what is above it change their size", async () => {
    const ada = await parlour.open("Ada", { hasClock: false });
    await comeIn(ada, "ada");
    await openSeeded(ada, 120);
    await scrollUp(ada, 3);
    const changes: (readonly [string, () => Promise<unknown>])[] = [
      ["a narrower window", () => ada.page.setViewportSize({ width: 780, height: 760 })],
      ["a lower one", () => ada.page.setViewportSize({ width: 780, height: 560 })],
      ["a wider and higher one", () => ada.page.setViewportSize({ width: 1300, height: 900 })],
      ["larger letters", () => ada.page.evaluate(() => void (document.documentElement.style.fontSize = "24px"))],
      ["letters as they were", () => ada.page.evaluate(() => void (document.documentElement.style.fontSize = ""))],
      ["something late above", () => growAbove(ada)],
    ];
    for (const [what, change] of changes) {
      await settled(ada);
      const before = await reading(ada);
      await change();
      await settled(ada);
      expect([what, Math.round(await moved(ada, before))]).toEqual([what, 0]);
    }
  });

  it("is the newest one at the end, whatever changes its size", async () => {
    const ada = await parlour.open("Ada", { hasClock: false });
    await comeIn(ada, "ada");
    await openSeeded(ada, 60);
    const changes: (readonly [string, () => Promise<unknown>])[] = [
      ["a narrower and lower window", () => ada.page.setViewportSize({ width: 900, height: 600 })],
      ["larger letters", () => ada.page.evaluate(() => void (document.documentElement.style.fontSize = "20px"))],
      ["something late above", () => growAbove(ada)],
      ["a wider and higher window", () => ada.page.setViewportSize({ width: 1300, height: 900 })],
      ["something late in the last one", () => row(ada, wordsOf(60).slice(0, 11)).evaluate((last) => void ((last as HTMLElement).style.paddingBottom = "90px"))],
    ];
    for (const [what, change] of changes) {
      await change();
      await settled(ada);
      await expect.poll(async () => [what, Math.round(await belowEnd(ada))]).toEqual([what, 0]);
    }
  });

  it("stays far from the end while others write, and one step leads back, also by writing", async () => {
    const ada = await parlour.open("Ada", { hasClock: false });
    await comeIn(ada, "ada");
    const roomId = await openSeeded(ada, MANY);
    await ada.button("Join this room").click();
    await isIn(ada, "Kettle");
    const mara = await parlour.open("Mara");
    await comeIn(mara, "mara");
    await joinRoom(mara, "Kettle");
    await goToBeginning(ada);
    await settled(ada);
    const before = await reading(ada);
    for (const text of ["News one", "News two", "News three"]) await mara.say(text);
    await ada.button("3 new").waitFor();
    expect(Math.round(await moved(ada, before))).toBe(0);
    await ada.isAccessible();
    await ada.shot("timeline-far-news");
    const asked: string[] = [];
    ada.page.on("request", (request) => {
      if (request.url().includes("/messages?")) asked.push(request.url());
    });
    await ada.button("3 new").click();
    await readsOnce(ada, "News three");
    await ada.button("3 new").waitFor({ state: "detached" });
    await expect.poll(() => belowEnd(ada)).toBeLessThanOrEqual(1);
    expect(asked).toEqual([]);

    await goToBeginning(ada);
    await ada.button("To the newest message").waitFor();
    await ada.shot("timeline-far");
    await ada.say("From far above");
    await readsOnce(ada, "From far above");
    await expect.poll(() => belowEnd(ada)).toBeLessThanOrEqual(1);
    await readsOnce(mara, "From far above");
    // What came while one was there is in its place, once.
    const { messages: newest } = await api<{ readonly messages: readonly { readonly content: string }[] }>(
      ada,
      "GET",
      `/chat/rooms/${roomId}/messages?limit=4`,
    );
    expect(newest.map(({ content }) => content)).toEqual(["News one", "News two", "News three", "From far above"]);
    for (const { content } of newest) await readsOnce(ada, content);
  });
});

/** A row out of sight above grows, as if something in it had come late. */
async function growAbove(person: Person): Promise<void> {
  await messages(person).evaluate((log) => {
    const { top } = log.getBoundingClientRect();
    const above = [...log.querySelectorAll<HTMLElement>("[data-index]")].filter((one) => one.getBoundingClientRect().bottom < top);
    const last = above.sort((one, other) => Number(one.dataset.index) - Number(other.dataset.index)).at(-1);
    if (last === undefined) throw new Error("no row is out of sight above");
    last.style.paddingTop = "120px";
  });
}

describe("the line above what is new", () => {
  it("stands before the first unread message, though that is some pages up", async () => {
    const ada = await parlour.open("Ada");
    await comeIn(ada, "ada");
    await makeRoom(ada, "Tea");
    await ada.say("The last that Ada has seen");
    const roomId = new URL(ada.page.url()).pathname.split("/").at(-1) ?? "";
    await roomsLink(ada).click();
    const mara = await parlour.open("Mara", { hasClock: false });
    await comeIn(mara, "mara");
    await joinRoom(mara, "Tea");
    await sayMany(mara, roomId, 130);
    await ada.page.getByText("99+ unread").first().waitFor();
    await ada.goTo(`/rooms/${roomId}`);
    await isIn(ada, "Tea");
    await readsOnce(ada, "Message 130 of many");
    await goToBeginning(ada);
    const rows = await messages(ada)
      .locator("[data-index]")
      .evaluateAll((all) =>
        all
          .map((one) => ({ index: Number((one as HTMLElement).dataset.index), text: one.textContent }))
          .sort((one, other) => one.index - other.index)
          .map(({ text }) => text),
      );
    const first = rows.findIndex((text) => text.includes("New messages"));
    expect(rows[first]).toContain("Message 1 of many");
    expect(rows.filter((text) => text.includes("New messages"))).toHaveLength(1);
    await ada.shot("timeline-first-unread");
  });
});

describe("a row", () => {
  it("is the same one from being sent to sent: in a room, between two, in a channel", async () => {
    const ada = await parlour.open("Ada");
    await comeIn(ada, "ada");
    const mara = await parlour.open("Mara");
    await comeIn(mara, "mara");
    await makeRoom(ada, "Tea");
    await isSameRow(ada, "In a room");
    await channelsLink(ada).click();
    await makeChannel(ada, "News");
    await isSameRow(ada, "In a channel");
    await directLink(ada).click();
    await find(ada, "mara", "mara");
    await isWith(ada, "mara");
    await isSameRow(ada, "Between two");
  });
});

/** Says something to a server that is silent for a moment: its row is not drawn anew when that answers. */
async function isSameRow(person: Person, text: string): Promise<void> {
  await parlour.freezeServer();
  await person.say(text);
  await is(person, text, "being sent");
  await row(person, text).evaluate((element) => element.setAttribute("data-marked", ""));
  parlour.thawServer();
  await is(person, text, /^sent$/u);
  await expect.poll(() => row(person, text).evaluate((element) => element.hasAttribute("data-marked"))).toBe(true);
}

import { describe, expect, it } from "vitest";
import { api } from "./api.ts";
import { UNREACHABLE, useParlour } from "./parlour.ts";
import type { Person } from "./person.ts";
import { comeIn, isIn, item, joinRoom, listIsThere, makeRoom, openRoom, roomsLink, roomWith } from "./rooms.ts";

const parlour = useParlour({ PARLOUR_LIMITS_ENABLED: "false" });
/** More than one answer names. */
const MANY = 105;

/** Makes `count` rooms over HTTP: "Room 1 of many" and so on. */
async function makeMany(person: Person, count: number): Promise<void> {
  for (let number = 1; number <= count; number += 1) {
    await api(person, "POST", "/chat/rooms", { name: `Room ${number} of many` });
  }
}

/** The requests for the list of rooms, from here on. */
function listRequests(person: Person): string[] {
  const asked: string[] = [];
  person.page.on("request", (request) => {
    const { pathname, search } = new URL(request.url());
    if (pathname === "/api/chat/rooms" && request.method() === "GET") asked.push(search);
  });
  return asked;
}

describe("one who is in very many rooms", () => {
  it("bug: lost the quiet ones, and was shown out of the open one, with each reconnect", async () => {
    const ada = await parlour.open("Ada");
    await comeIn(ada, "ada");
    await makeRoom(ada, "The quiet one");
    await ada.goTo("/");
    const mara = await parlour.open("Mara");
    await comeIn(mara, "mara");
    await joinRoom(mara, "The quiet one");
    await mara.say("Anybody here?");
    await makeMany(ada, MANY);
    await roomsLink(ada).click();
    await listIsThere(ada);
    const quiet = ada.page.getByRole("list", { name: "Your rooms" }).getByRole("listitem").filter({ hasText: "The quiet one" });
    // Far below, where only those near the view are in the page: by the arrows' key for the end.
    const rows = ada.page.getByRole("list", { name: "Your rooms" }).getByRole("listitem");
    await rows.first().getByRole("link").focus();
    await ada.page.keyboard.press("End");
    await quiet.getByText("1 unread").waitFor();
    await expect.poll(() => quiet.getByRole("link").evaluate((link) => link === document.activeElement)).toBe(true);
    expect(await quiet.getAttribute("aria-posinset")).toBe(`${MANY + 1}`);
    await ada.page.keyboard.press("ArrowUp");
    await ada.page.keyboard.press("ArrowDown");
    await expect.poll(() => quiet.getByRole("link").evaluate((link) => link === document.activeElement)).toBe(true);
    // One of the list, the next one is elsewhere.
    await ada.page.keyboard.press("Tab");
    expect(await rows.getByRole("link").evaluateAll((links) => links.some((link) => link === document.activeElement))).toBe(false);
    await openRoom(ada, "The quiet one");
    await isIn(ada, "The quiet one");
    parlour.expectTrouble(UNREACHABLE);
    await ada.page.context().setOffline(true);
    await ada.page.getByText(/You are offline/u).first().waitFor();
    await ada.page.context().setOffline(false);
    await isIn(ada, "The quiet one");
    await quiet.waitFor();
    await expect.poll(() => quiet.getAttribute("aria-setsize")).toBe(`${MANY + 1}`);
    expect(await rows.count()).toBeLessThan(40);
    await ada.shot("rooms-very-many");
  });
});

describe("the list of all rooms", () => {
  it("bug: was read anew by every page every 15 seconds; it is when one looks again", async () => {
    const ada = await parlour.open("Ada");
    await comeIn(ada, "ada");
    await makeRoom(ada, "Tea");
    const asked = listRequests(ada);
    const mara = await parlour.open("Mara");
    await comeIn(mara, "mara");
    await roomWith(mara, "Coffee", 1);
    for (let turn = 0; turn < 4; turn += 1) await ada.later(16_000);
    await ada.say("Still here");
    await isIn(ada, "Tea");
    expect(asked).toEqual([]);
    await ada.page.evaluate(() => window.dispatchEvent(new Event("visibilitychange")));
    await item(ada, "Coffee").waitFor();
    expect(asked).toHaveLength(1);
  });
});

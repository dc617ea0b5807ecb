import type { Locator } from "playwright-core";
import { describe, expect, it } from "vitest";
import { comeIntoDirect, search } from "./direct.ts";
import { useParlour } from "./parlour.ts";
import type { Person } from "./person.ts";

const CONFIGURED = "https://pictures.example";
const ELSEWHERE = "https://elsewhere.example";
/** One pixel. */
const PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>';

/** An account whose picture is at this address, made and left through the page. */
async function hasPicture(person: Person, username: string, avatarUrl: string): Promise<void> {
  await comeIntoDirect(person, username);
  const status = await person.page.evaluate(async (json) => {
    const headers = { "Content-Type": "application/json" };
    return (await fetch("/api/auth/me", { method: "PATCH", headers, body: json })).status;
  }, JSON.stringify({ avatarUrl }));
  expect(status).toBe(200);
}

/** Somebody among the people who were looked for. */
async function found(person: Person, name: string): Promise<Locator> {
  await search(person).fill(name);
  const button = person.page.getByRole("list", { name: "People" }).getByRole("button", { name });
  await button.waitFor();
  return button;
}

describe("people's pictures", () => {
  const parlour = useParlour({ PARLOUR_WEB_PICTURE_ORIGINS: CONFIGURED });

  it("are shown from the configured origins, and nothing is asked of others", async () => {
    await hasPicture(await parlour.open("Ada"), "ada", `${CONFIGURED}/ada.svg`);
    await hasPicture(await parlour.open("Mara"), "mara", `${ELSEWHERE}/mara.svg`);
    const tom = await parlour.open("Tom");
    const asked: string[] = [];
    await tom.page.context().route(/^https:/u, async (route) => {
      asked.push(route.request().url());
      await route.fulfill({ contentType: "image/svg+xml", body: PICTURE });
    });
    await comeIntoDirect(tom, "tom");
    const picture = (await found(tom, "ada")).locator("img");
    await picture.waitFor();
    await expect.poll(() => picture.getAttribute("src")).toBe(`${CONFIGURED}/ada.svg`);
    await expect.poll(() => picture.evaluate((image) => (image as HTMLImageElement).naturalWidth)).toBe(1);
    const mara = await found(tom, "mara");
    await mara.getByText("M", { exact: true }).waitFor();
    await expect.poll(() => mara.locator("img").count()).toBe(0);
    expect(asked).toEqual([`${CONFIGURED}/ada.svg`]);
  });
});

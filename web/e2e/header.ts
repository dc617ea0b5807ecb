import { expect } from "vitest";
import type { Person } from "./person.ts";
import { at, spaceText, WIDE, type World } from "./visits.ts";

/** Windows in which a header in one row would not fit, by width, to one in which it does. */
const HEADER_WIDTHS = [320, 390, 640, 700, 740, 768, 1_024, 1_280];

/** Whatever waits, and however much room letters take: all of the header is in the window, and in nobody's way. */
export async function headerIsInReach(person: Person): Promise<void> {
  const { page } = person;
  for (const isSpaced of [false, true]) {
    await spaceText(person, isSpaced);
    for (const width of HEADER_WIDTHS) {
      await page.setViewportSize({ width, height: WIDE.height });
      await person.fitsSideways();
      const outside = await page.getByRole("banner").evaluate((header) => {
        const boxes = [...header.querySelectorAll("a, button, p")].map((one) => [one.textContent, one.getBoundingClientRect()] as const);
        const seen = boxes.filter(([, box]) => box.width > 1);
        return seen.flatMap(([words, box]) => {
          const covered = seen.some(([, other]) => other !== box && box.left < other.right - 1 && other.left < box.right - 1 && box.top < other.bottom - 1 && other.top < box.bottom - 1);
          return box.left < 0 || box.right > window.innerWidth || covered ? [words] : [];
        });
      });
      expect(outside, `at ${width}, spaced: ${isSpaced}`).toEqual([]);
    }
  }
  await spaceText(person, false);
  await page.setViewportSize(WIDE);
}

/** The header has each thing in the same place, whatever page is below it. */
export async function headerStays(world: World): Promise<void> {
  const { page } = world.ada;
  await page.setViewportSize({ width: 1_280, height: WIDE.height });
  const places: string[] = [];
  for (const [path, heading] of [["/rooms", "Rooms"], ["/", "Pull up a chair."], ["/settings/profile", "Profile"]] as const) {
    await at(world.ada, path, heading);
    // What waits is known a moment later than the page.
    await page.getByRole("navigation", { name: "Areas" }).getByText("unread").nth(2).waitFor();
    const lefts = await page.getByRole("banner").getByRole("link").evaluateAll((links) => links.map((link) => link.getBoundingClientRect().left));
    places.push(lefts.slice(-4).join(" "));
  }
  expect(new Set(places).size).toBe(1);
  await page.setViewportSize(WIDE);
}

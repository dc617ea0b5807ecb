import { describe, expect, it } from "vitest";
import { ROUTES } from "../src/app/routes.ts";
import { DIALOGS } from "../src/components/ui/dialog-names.ts";
import { SECTIONS } from "../src/features/settings/sections.ts";
import { headerIsInReach, headerStays } from "./header.ts";
import { useParlour } from "./parlour.ts";
import {
  DIALOG_VISITS,
  isAskedAndLeft,
  isGoodInEveryLook,
  leaveUnread,
  makeWorld,
  ROUTE_VISITS,
  visitSection,
} from "./visits.ts";

/** Whoever adds an address or a question without a visit hears of it here. */
describe("every page", () => {
  const parlour = useParlour({ PARLOUR_LIMITS_ENABLED: "false" });

  it("is known to the visits, and so is every question", () => {
    expect(Object.keys(ROUTE_VISITS)).toEqual(ROUTES.map(({ path }) => path));
    expect(Object.keys(DIALOG_VISITS)).toEqual([...DIALOGS]);
  });

  it("has nothing that axe would find, in any look", { timeout: 180_000 }, async () => {
    const world = await makeWorld(parlour);
    for (const { path } of ROUTES) {
      const person = await ROUTE_VISITS[path](world);
      await isGoodInEveryLook(person, path.replaceAll(/\W+/gu, "-"));
    }
    for (const { id, title } of SECTIONS) await isGoodInEveryLook(await visitSection(world, id, title), `settings-${id}`);
    await leaveUnread(world);
    await headerIsInReach(world.ada);
    await headerStays(world);
  });
});

describe("every question", () => {
  const parlour = useParlour();

  it("has nothing that axe would find, in any look, and gives the focus back", { timeout: 180_000 }, async () => {
    const world = await makeWorld(parlour);
    for (const name of DIALOGS) {
      const person = await DIALOG_VISITS[name](world);
      await isAskedAndLeft(person, name, () => isGoodInEveryLook(person, `dialog-${name}`));
    }
  });
});

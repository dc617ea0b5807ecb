import { describe, expect, it } from "vitest";
import { is } from "./channels.ts";
import { messages, readsOnce } from "./messages.ts";
import { useParlour } from "./parlour.ts";
import { makeScene, PART_VISITS, type Area } from "./parts.ts";
import { isGoodInEveryLook } from "./visits.ts";

const parlour = useParlour();

const FIRST = "Said while they were on their way";
const LINES = [FIRST, "One", "Two", "Three"];

describe("bug: what one said was not to be seen until the messages before it were there", () => {
  const AREAS: Readonly<Record<Area, true>> = { rooms: true, direct: true, channels: true };
  it.each(Object.keys(AREAS) as Area[])("in %s", async (area) => {
    const { ada, answer, paths } = await makeScene(parlour);
    const { asked, words } = PART_VISITS[`${area} timeline`];
    answer([{ asked, answer: "held" }]);
    await ada.goTo(paths[area]);
    await ada.slowly(async () => {
      await ada.page.getByText(words.loading).waitFor();
      await ada.say(FIRST);
      await is(ada, FIRST, "sent");
      await isGoodInEveryLook(ada, `early-${area}-loading`);
      await ada.page.getByText(words.loading).waitFor();
    });

    answer([{ asked, answer: "refused" }]);
    await ada.page.reload();
    await ada.page.getByText(words.failed).waitFor();
    await parlour.freezeServer();
    await ada.slowly(async () => {
      for (const line of LINES.slice(1)) await ada.say(line);
      await is(ada, "Three", "being sent");
      await isGoodInEveryLook(ada, `early-${area}-failed`);
      await is(ada, "Three", "being sent");
      await ada.page.getByText(words.failed).waitFor();
    });
    parlour.thawServer();
    await is(ada, "Three", "sent");
    for (const line of LINES.slice(1)) await readsOnce(ada, line);

    answer([]);
    await ada.button("Try again").click();
    for (const line of LINES) await readsOnce(ada, line);
    const texts = await messages(ada).getByRole("article").allInnerTexts();
    expect(texts.map((text) => LINES.find((line) => text.includes(line))).filter((line) => line !== undefined)).toEqual(LINES);
  });

  it("up to a hundred of them", async () => {
    const { ada, answer, paths } = await makeScene(parlour);
    answer([{ asked: PART_VISITS["rooms timeline"].asked, answer: "held" }]);
    await ada.goTo(paths.rooms);
    await ada.page.getByText(PART_VISITS["rooms timeline"].words.loading).waitFor();
    await parlour.freezeServer();
    for (let count = 1; count <= 103; count += 1) await ada.say(`Line ${count}.`);
    await readsOnce(ada, "Line 103.");
    await messages(ada).getByText("3 earlier ones of yours are not shown here.").waitFor();
    expect(await messages(ada).getByRole("article").count()).toBe(100);
    await ada.isAccessible();
    parlour.thawServer();
  });

  it("while it is not known whose lines are hidden", async () => {
    const { ada, answer, paths } = await makeScene(parlour);
    answer([{ asked: /GET \/api\/users\/blocked/u, answer: "held" }]);
    await ada.goTo(paths.rooms);
    await ada.page.getByText(PART_VISITS["rooms timeline"].words.loading).waitFor();
    for (const line of LINES) {
      await ada.say(line);
      await is(ada, line, "sent");
    }
    for (const line of LINES) await readsOnce(ada, line);
  });
});

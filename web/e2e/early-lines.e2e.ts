import { describe, expect, it } from "vitest";
import { is } from "./channels.ts";
import { messages, readsOnce } from "./messages.ts";
import { useParlour } from "./parlour.ts";
import { makeScene, PART_VISITS, type Area } from "./parts.ts";
import { isGoodInEveryLook } from "./visits.ts";

const parlour = useParlour();

describe("bug: what one said was not to be seen until the messages before it were there", () => {
  const AREAS: Readonly<Record<Area, true>> = { rooms: true, direct: true, channels: true };
  it.each(Object.keys(AREAS) as Area[])("in %s", async (area) => {
    const { ada, answer, paths } = await makeScene(parlour);
    const { asked, words } = PART_VISITS[`${area} timeline`];
    answer([{ asked, answer: "held" }]);
    await ada.goTo(paths[area]);
    await ada.page.getByText(words.loading).waitFor();
    await ada.say("Said while they were on their way");
    await is(ada, "Said while they were on their way", "sent");
    await isGoodInEveryLook(ada, `early-${area}-loading`);

    answer([{ asked, answer: "refused" }]);
    await ada.page.reload();
    await ada.page.getByText(words.failed).waitFor();
    const lines = ["One", "Two", "Three"];
    parlour.freezeServer();
    for (const line of lines) await ada.say(line);
    await is(ada, "Three", "being sent");
    await isGoodInEveryLook(ada, `early-${area}-failed`);
    parlour.thawServer();
    await is(ada, "Three", "sent");
    for (const line of lines) await readsOnce(ada, line);

    answer([]);
    await ada.button("Try again").click();
    await readsOnce(ada, "Said while they were on their way");
    for (const line of lines) await readsOnce(ada, line);
    const texts = await messages(ada).getByRole("article").allInnerTexts();
    expect(texts.map((text) => lines.find((line) => text.includes(line))).filter((line) => line !== undefined)).toEqual(lines);
  });
});

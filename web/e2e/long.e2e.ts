import { describe, expect, it } from "vitest";
import { useParlour } from "./parlour.ts";

const parlour = useParlour({ PARLOUR_LIMITS_ENABLED: "false" });
const LINES = 400;

describe("a long chat", () => {
  it("arrives in order, with few rows in the page", async () => {
    const [ada, mara] = await parlour.pair("Ada", "Mara");
    for (let count = 1; count <= LINES; count += 1) await mara.say(`Line ${count} of many`);
    await ada.reads(`Line ${LINES} of many`);
    const rows = ada.log.getByText(/^Line \d+ of many$/u);
    const texts = await rows.allTextContents();
    expect(texts.length).toBeLessThanOrEqual(100);
    expect(texts).toEqual(texts.map((_, index) => `Line ${LINES - texts.length + 1 + index} of many`));
    await ada.log.press("Home");
    await ada.reads("Line 1 of many");
    expect(await rows.count()).toBeLessThanOrEqual(100);
    await ada.say("Back at the end");
    await ada.reads("Back at the end");
    await ada.reads(`Line ${LINES} of many`);
  });
});

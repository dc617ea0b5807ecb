import { describe, it } from "vitest";
import { useParlour } from "./parlour.ts";

const parlour = useParlour({ PARLOUR_PAIR_WAITING_LINES: "2" });

describe("one line more than is kept while waiting", () => {
  it("can be sent again once someone is here, or deleted", async () => {
    const ada = await parlour.open("Ada");
    await ada.start();
    await ada.isWaiting();
    for (const text of ["One", "Two", "Three", "Four"]) await ada.say(text);
    await ada.button("Delete").nth(1).click();
    await ada.log.getByText("Four", { exact: true }).waitFor({ state: "detached" });
    const mara = await parlour.open("Mara");
    await mara.start();
    await mara.reads("Two");
    await ada.shot("line-too-many");
    await ada.button("Retry").click();
    await mara.reads("Three");
  });
});

import { expect, it } from "vitest";
import { useParlour } from "./parlour.ts";

// One line a second: whatever comes at once after the first is too fast.
const parlour = useParlour({ PARLOUR_MESSAGES_PER_SECOND: "1", PARLOUR_MESSAGES_BURST: "1" });

it("keeps a line that was sent too fast, to be sent again", async () => {
  const [ada, mara] = await parlour.pair("Ada", "Mara");
  // However slow the machine is, the server finds all of them at once.
  await parlour.freezeServer();
  for (const line of ["One", "Two", "Three"]) await ada.say(line);
  parlour.thawServer();
  await mara.reads("One");
  const retry = ada.button("Retry");
  await retry.nth(1).waitFor();
  await expect.poll(() => retry.count()).toBe(2);
  await ada.shot("too-fast");
  const arrived = mara.log.getByText("Three", { exact: true });
  while ((await arrived.count()) === 0) {
    if ((await retry.count()) > 1) await retry.last().click();
    // It may be too fast again.
    await Promise.race([arrived.waitFor(), retry.nth(1).waitFor()]);
  }
  await expect.poll(() => mara.log.getByText("Two", { exact: true }).count()).toBe(0);
});

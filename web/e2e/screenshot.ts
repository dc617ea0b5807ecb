import { resolve } from "node:path";
import { it } from "vitest";
import { useParlour } from "./parlour.ts";

const parlour = useParlour();
const PICTURE = resolve(import.meta.dirname, "../../docs/screenshots/stranger.png");

const TALK: readonly (readonly ["ada" | "mara", string])[] = [
  ["mara", "hi! where has the wind blown you in from?"],
  ["ada", "Hello 👋 Lisbon. It is raining so hard that the trams gave up."],
  ["mara", "Reykjavík here. What does one do in Lisbon on such a day?"],
  ["ada", "Bake, mostly. I have a tray of pastéis in the oven and nobody to share it."],
  ["mara", "that is the saddest and most delicious thing I have heard all week 😄"],
  ["ada", "The recipe, in case it rains where you are: https://example.org/pasteis"],
];

it("makes the picture for the README", async () => {
  const [ada, mara] = await parlour.pair("Ada", "Mara", { deviceScaleFactor: 2, reducedMotion: "reduce" });
  const people = { ada, mara };
  for (const [speaker, line] of TALK) {
    await people[speaker].say(line);
    const lastWord = line.split(" ").at(-1) ?? line;
    await (speaker === "ada" ? mara : ada).log.getByText(lastWord).last().waitFor();
  }
  await mara.field.pressSequentially("so, what");
  await ada.text("Mara is typing").waitFor();
  await ada.log.getByText("sent", { exact: true }).last().waitFor();
  await ada.page.screenshot({ path: PICTURE, animations: "disabled" });
});

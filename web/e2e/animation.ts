import { resolve } from "node:path";
import sharp from "sharp";
import { it } from "vitest";
import { comeIntoDirect, find, isWith, lastIs } from "./direct.ts";
import { messages } from "./messages.ts";
import { useParlour } from "./parlour.ts";
import type { Person } from "./person.ts";

const parlour = useParlour();
const PICTURE = resolve(import.meta.dirname, "../../docs/screenshots/talking.webp");
const WINDOW = { viewport: { width: 430, height: 560 }, deviceScaleFactor: 1.5, reducedMotion: "reduce" } as const;
const GAP_PX = 24;
/** A keystroke is a frame: so many letters are one. */
const LETTERS = 5;
const STROKE_MS = 110;
const PAUSE_MS = 900;

const TALK: readonly (readonly ["ada" | "mara", string])[] = [
  ["ada", "Sunday, four o’clock. There is plum cake."],
  ["mara", "Is that a threat?"],
  ["ada", "It is a promise 🍰"],
  ["mara", "Then I bring the piano tuner. He owes me one."],
];

interface Frame {
  readonly picture: Buffer;
  readonly ms: number;
}

/** Both windows side by side, as they are now. */
async function frameOf(people: readonly Person[], ms: number): Promise<Frame> {
  const shots = await Promise.all(people.map(({ page }) => page.screenshot({ animations: "disabled" })));
  const { width, height } = await sharp(shots[0]).metadata();
  const size = { width: 2 * width + GAP_PX, height, channels: 4, background: "#d9c7b4" } as const;
  const layers = shots.map((input, at) => ({ input, top: 0, left: at * (width + GAP_PX) }));
  return { picture: await sharp({ create: size }).composite(layers).png().toBuffer(), ms };
}

it("makes the animation of two people who talk", async () => {
  const ada = await parlour.open("Ada", WINDOW);
  const mara = await parlour.open("Mara", WINDOW);
  await comeIntoDirect(ada, "ada", "Ada Lindqvist");
  await comeIntoDirect(mara, "mara", "Mara Okafor");
  await find(ada, "mara", "Mara Okafor");
  await find(mara, "ada", "Ada Lindqvist");
  await mara.say("When may I come and play it out of tune?");
  await lastIs(mara, "read");
  for (const [person, name] of [[ada, "Mara Okafor"], [mara, "Ada Lindqvist"]] as const) await isWith(person, name);
  const people = { ada, mara };
  const both = [ada, mara];
  const frames = [await frameOf(both, PAUSE_MS)];
  for (const [speaker, line] of TALK) {
    const [one, other] = speaker === "ada" ? [ada, mara] : [mara, ada];
    // Whoever writes is at their window, and the other at theirs: one browser gives the focus to one of them.
    await people[speaker].page.bringToFront();
    const letters = Array.from(line);
    for (let at = 0; at < letters.length; at += LETTERS) {
      await one.field.pressSequentially(letters.slice(at, at + LETTERS).join(""));
      if (at === 0) await other.text(/is typing/u).waitFor();
      frames.push(await frameOf(both, STROKE_MS));
    }
    await one.field.press("Enter");
    await messages(other).getByText(line).waitFor();
    await lastIs(one, "read");
    frames.push(await frameOf(both, PAUSE_MS));
  }
  frames.push(await frameOf(both, 3 * PAUSE_MS));
  await sharp(
    frames.map(({ picture }) => picture),
    { join: { animated: true } },
  )
    .webp({ quality: 72, effort: 6, loop: 0, delay: frames.map(({ ms }) => ms) })
    .toFile(PICTURE);
});

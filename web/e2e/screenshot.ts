import { resolve } from "node:path";
import { it } from "vitest";
import { invite, is as hasCome, isIn as isInChannel, joinChannel, makeChannel, openChannel, comeIntoChannels } from "./channels.ts";
import { allIsSent, messages } from "./messages.ts";
import { useParlour } from "./parlour.ts";
import { comeIntoDirect, find, isWith, item as conversation, lastIs, openWith } from "./direct.ts";
import { comeIn, comeInAsGuest, isIn, item, joinRoom, makeRoom, openRoom, search } from "./rooms.ts";

const parlour = useParlour({}, { isFaulty: true });
const PICTURES = resolve(import.meta.dirname, "../../docs/screenshots");
const SHARP = { deviceScaleFactor: 2, reducedMotion: "reduce" } as const;

const TALK: readonly (readonly ["ada" | "mara", string])[] = [
  ["mara", "hi! where has the wind blown you in from?"],
  ["ada", "Hello 👋 Lisbon. It is raining so hard that the trams gave up."],
  ["mara", "Reykjavík here. What does one do in Lisbon on such a day?"],
  ["ada", "Bake, mostly. I have a tray of pastéis in the oven and nobody to share it."],
  ["mara", "that is the saddest and most delicious thing I have heard all week 😄"],
  ["ada", "The recipe, in case it rains where you are: https://example.org/pasteis"],
];

it("makes the picture of two strangers", async () => {
  const [ada, mara] = await parlour.pair("Ada", "Mara", SHARP);
  const people = { ada, mara };
  for (const [speaker, line] of TALK) {
    await people[speaker].say(line);
    const lastWord = line.split(" ").at(-1) ?? line;
    await (speaker === "ada" ? mara : ada).log.getByText(lastWord).last().waitFor();
  }
  await mara.field.pressSequentially("so, what");
  await ada.text("Mara is typing").waitFor();
  await ada.log.getByText("sent", { exact: true }).last().waitFor();
  await ada.page.screenshot({ path: resolve(PICTURES, "stranger.png"), animations: "disabled" });
});

const ROOMS: readonly (readonly [name: string, about: string, line: string])[] = [
  ["Beginners in Rust", "No question is too small", "It compiles, and I even know why 🎉"],
  ["Allotment 14", "Beds, seeds and the water rota", "The beans are up. Slugs: please use the other gate."],
  ["Chess on Thursdays", "", "Board three is missing a bishop again"],
  ["قهوة الصباح", "", "صباح الخير للجميع"],
];

const EVENING: readonly (readonly ["ada" | "mara" | "tom", string])[] = [
  ["mara", "The new oven is in. It is the size of a small car."],
  ["mara", "First loaves tonight, if anybody wants to come and smell them"],
  ["ada", "I will bring butter and no self-control"],
  ["tom", "Passing through town until Sunday: may a guest look in?"],
  ["ada", "Of course! Side door, mind the step."],
  ["mara", "The dough for the long ones, for those who asked: https://example.org/baguette"],
];

it("makes the picture of a room", async () => {
  const mara = await parlour.open("Mara");
  await comeIn(mara, "mara", "Mara Okafor");
  for (const [name, about, line] of ROOMS) {
    await makeRoom(mara, name, about);
    await mara.say(line);
    await allIsSent(mara);
  }
  const ada = await parlour.open("Ada", { ...SHARP, viewport: { width: 1280, height: 800 } });
  await comeIn(ada, "ada", "Ada Lindqvist");
  await makeRoom(ada, "The bakery, after hours", "Bread, ovens, and what went wrong with both");
  await joinRoom(ada, "Allotment 14");
  await joinRoom(ada, "Beginners in Rust");
  await openRoom(ada, "The bakery, after hours");
  await isIn(ada, "The bakery, after hours");
  await openRoom(mara, "Beginners in Rust");
  await mara.say("And the borrow checker said thank you");
  await mara.say("Well. Not in so many words");
  // Made after her list was read.
  await search(mara).fill("bakery");
  await joinRoom(mara, "The bakery, after hours");
  const tom = await parlour.open("Tom");
  await comeInAsGuest(tom, "Tom");
  await joinRoom(tom, "The bakery, after hours");
  const people = { ada, mara, tom };
  for (const [speaker, line] of EVENING) {
    await people[speaker].say(line);
    await messages(ada).getByText(line.split(" ").slice(0, 3).join(" ")).last().waitFor();
  }
  await allIsSent(ada);
  await ada.button("People: 3 here").click();
  await ada.page.getByRole("list", { name: "Members" }).getByRole("listitem").nth(2).waitFor();
  await item(ada, "Beginners in Rust").getByText("2 unread").waitFor();
  await ada.field.focus();
  await ada.page.screenshot({ path: resolve(PICTURES, "rooms.png"), animations: "disabled" });
  await ada.page.emulateMedia({ colorScheme: "dark" });
  await ada.page.screenshot({ path: resolve(PICTURES, "dark.png"), animations: "disabled" });
});

const LETTERS: readonly (readonly ["ada" | "mara", string])[] = [
  ["mara", "Did the piano survive the stairs?"],
  ["ada", "All four flights, and the neighbours are still speaking to us"],
  ["ada", "One pedal squeaks. I choose to call it character."],
  ["mara", "Then it fits in. When may I come and play it out of tune?"],
  ["ada", "Sunday at four? There will be plum cake."],
];

const FRIENDS: readonly (readonly [username: string, displayName: string, line: string])[] = [
  ["tom", "Tom Achterberg", "The tent is dry again, you can have it back"],
  ["leila", "ليلى حداد", "شكرا جزيلا! إلى اللقاء"],
  ["jun", "Jun Takahashi", "I found the book, it was under the other book 📚"],
];

it("makes the picture of a direct conversation", async () => {
  const ada = await parlour.open("Ada", { ...SHARP, viewport: { width: 1280, height: 800 } });
  await comeIntoDirect(ada, "ada", "Ada Lindqvist");
  for (const [username, displayName, line] of FRIENDS) {
    const friend = await parlour.open(displayName);
    await comeIntoDirect(friend, username, displayName);
    await find(friend, "ada", "Ada Lindqvist");
    await friend.say(line);
    await allIsSent(friend);
    if (username === "tom") await friend.close();
  }
  const mara = await parlour.open("Mara");
  await comeIntoDirect(mara, "mara", "Mara Okafor");
  await openWith(ada, "Jun Takahashi");
  await ada.say("As they are");
  await lastIs(ada, "read");
  await find(ada, "mara", "Mara Okafor");
  const people = { ada, mara };
  await find(mara, "ada", "Ada Lindqvist");
  for (const [speaker, line] of LETTERS) {
    await people[speaker].say(line);
    await messages(speaker === "ada" ? mara : ada).getByText(line).last().waitFor();
  }
  await lastIs(ada, "read");
  await conversation(ada, "Tom Achterberg").getByText("1 unread").waitFor();
  await mara.field.pressSequentially("Oh yes, I wi");
  await ada.text(/Mara Okafor is typing/u).waitFor();
  await isWith(ada, "Mara Okafor");
  await ada.page.mouse.move(0, 0);
  await ada.field.focus();
  await ada.page.screenshot({ path: resolve(PICTURES, "direct.png"), animations: "disabled" });
  await ada.page.setViewportSize({ width: 390, height: 760 });
  await ada.text(/Mara Okafor is typing/u).waitFor();
  await ada.page.screenshot({ path: resolve(PICTURES, "phone.png"), animations: "disabled" });
});

const PLANS: readonly (readonly ["ada" | "mara" | "tom", string])[] = [
  ["mara", "Is the lighthouse ours for the weekend?"],
  ["ada", "Keys, code and a very long list of rules: https://example.org/lighthouse"],
  ["tom", "Rule 14: nobody argues with the gulls. I like the place already."],
  ["ada", "Ferry at 8:10 on Friday, the next one only at noon"],
  ["mara", "I bring the soup, the big pot and my brother"],
];

it("makes the picture of a channel", async () => {
  const ada = await parlour.open("Ada", { ...SHARP, viewport: { width: 1280, height: 800 } });
  await comeIntoChannels(ada, "ada", "Ada Lindqvist");
  await makeChannel(ada, "Harbour radio", { description: "Wind, tide and who forgot to moor the dinghy" });
  await makeChannel(ada, "Book club", { visibility: "Private", description: "Chapter nine by Tuesday, no spoilers" });
  await makeChannel(ada, "Lighthouse weekend", { visibility: "Private", description: "Six beds, one stove, no reception" });
  const mara = await parlour.open("Mara");
  await comeIntoChannels(mara, "mara", "Mara Okafor");
  const tom = await parlour.open("Tom");
  await comeIntoChannels(tom, "tom", "Tom Achterberg");
  await invite(ada, "mara", "Mara Okafor");
  await invite(ada, "tom", "Tom Achterberg");
  await openChannel(ada, "Book club");
  await isInChannel(ada, "Book club");
  await invite(ada, "mara", "Mara Okafor");
  await openChannel(mara, "Book club");
  await isInChannel(mara, "Book club");
  await mara.say("I read ahead. I regret nothing.");
  await joinChannel(tom, "Harbour radio");
  await tom.say("Gusts of 7 by the evening, double your lines");
  await tom.say("And the dinghy is adrift again");
  await messages(ada).getByText("I read ahead.").waitFor();
  await makeChannel(ada, "Swap shelf", { description: "Take one, leave one" });
  await ada.say("A kettle, hardly haunted");
  await openChannel(ada, "Lighthouse weekend");
  for (const person of [ada, mara, tom]) {
    if (person !== ada) await openChannel(person, "Lighthouse weekend");
    await isInChannel(person, "Lighthouse weekend");
  }
  const people = { ada, mara, tom };
  for (const [speaker, line] of PLANS) {
    await people[speaker].say(line);
    await messages(ada).getByText(line.split(" ").slice(0, 3).join(" ")).last().waitFor();
  }
  await hasCome(ada, "Ferry at 8:10", /^sent$/u);
  await parlour.disk("sync", { delayMs: 8_000 });
  await tom.say("Does your brother sing? Asking for the gulls.");
  await hasCome(ada, "Does your brother sing?", "Not confirmed yet:");
  await ada.say("He does. Pack earplugs.");
  await hasCome(ada, "He does.", "being stored");
  await ada.page.mouse.move(0, 0);
  await ada.field.focus();
  await ada.page.screenshot({ path: resolve(PICTURES, "channels.png"), animations: "disabled" });
});

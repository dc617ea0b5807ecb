import { describe, expect, it } from "vitest";
import { useParlour } from "./parlour.ts";

const parlour = useParlour();

describe("two strangers", () => {
  it("meet, and talk both ways", async () => {
    const [ada, mara] = await parlour.pair("Ada", "Mara");
    await ada.say("Hello, who is there?");
    await mara.reads("Hello, who is there?");
    await mara.say("Me!\nAnd a second line.");
    await ada.reads("Me!\nAnd a second line.");
    await mara.field.fill("With the button");
    await mara.button("Send").click();
    await ada.reads("With the button");
    await ada.log.getByText("sent", { exact: true }).waitFor();
    expect(await ada.page.title()).toBe("Mara · Parlour");
    await ada.shot("talking");
  });

  it("see each other type", async () => {
    const [ada, mara] = await parlour.pair("Ada", "Mara");
    await mara.typesUntil(ada.text("Mara is typing"));
    await ada.shot("typing");
    await mara.say("Well");
    await ada.reads("Well");
    await ada.text("Mara is typing").waitFor({ state: "detached" });
  });

  it("part with NEW CHAT", async () => {
    const [ada, mara] = await parlour.pair("Ada", "Mara");
    await ada.say("Bye");
    await mara.reads("Bye");
    await ada.button("New chat").click();
    await ada.isWaiting();
    await mara.text("Ada left").waitFor();
    await mara.reads("Bye");
    await mara.shot("left");
  });

  it("part with Esc, Esc", async () => {
    const [ada, mara] = await parlour.pair("Ada", "Mara");
    await ada.slowly(async () => {
      await ada.page.keyboard.press("Escape");
      await ada.text("Press Esc again for a new chat").waitFor();
      await ada.shot("escape-once");
      await ada.page.keyboard.press("Escape");
    });
    await ada.isWaiting();
    await mara.text("Ada left").waitFor();
  });

  it("part when one closes the window, and the next one is a tap away", async () => {
    const [ada, mara] = await parlour.pair("Ada", "Mara");
    await mara.close();
    await ada.text("Mara left").waitFor();
    await ada.button("Next person").click();
    await ada.isWaiting();
    const tom = await parlour.open("Tom");
    await tom.start();
    await ada.isTalkingTo("Tom");
    await tom.isTalkingTo("Ada");
    await tom.say("Hi, I am new");
    await ada.reads("Hi, I am new");
  });

  it("never get a line that was begun for another", async () => {
    const [ada, mara] = await parlour.pair("Ada", "Mara");
    await ada.field.fill("For Mara's eyes only");
    await mara.button("Leave").click();
    await ada.text("Mara left").waitFor();
    await ada.field.press("Enter");
    const tom = await parlour.open("Tom");
    await tom.start();
    await ada.isTalkingTo("Tom");
    await ada.page.getByRole("alert").getByText(/You began this line for Mara/u).waitFor();
    await ada.shot("draft-guard");
    await ada.field.press("Enter");
    await expect.poll(() => ada.button("Send").isDisabled()).toBe(true);
    await ada.button("Delete it").click();
    await ada.say("Hello Tom");
    await tom.reads("Hello Tom");
    await expect.poll(() => tom.page.getByText("For Mara's eyes only").count()).toBe(0);
  });

  it("do not meet again after a block", async () => {
    const [ada, mara] = await parlour.pair("Ada", "Mara");
    await ada.button("Block").click();
    await ada.page.getByRole("dialog", { name: "Block Mara?" }).waitFor();
    await ada.shot("block");
    await ada.page.keyboard.press("Escape");
    await ada.isTalkingTo("Mara");
    await ada.button("Block").click();
    await ada.page.getByRole("dialog").getByRole("button", { name: "Block" }).click();
    await ada.text("Mara is blocked. You will not meet again.").waitFor();
    await mara.text("Ada left").waitFor();
    await ada.button("START").click();
    await ada.isWaiting();
    await mara.button("Next person").click();
    await mara.isWaiting();
  });
});

describe("waiting", () => {
  it("can be given up, and the name is remembered", async () => {
    const ada = await parlour.open("Ada");
    await ada.start();
    await ada.isWaiting();
    await ada.shot("waiting");
    await ada.button("Cancel").click();
    await ada.heading("Pull up a chair.").waitFor();
    const name = ada.page.getByRole("textbox", { name: "Your name" });
    await expect.poll(() => name.inputValue()).toBe("Ada");
    const mara = await parlour.open("Mara");
    await mara.start();
    await mara.isWaiting();
  });

  it("keeps the lines that are written meanwhile", async () => {
    const ada = await parlour.open("Ada");
    await ada.start();
    await ada.isWaiting();
    await ada.say("Is anybody here?");
    await ada.say("I have got all day.");
    await ada.reads("I have got all day.");
    await ada.shot("waiting-with-lines");
    const mara = await parlour.open("Mara");
    await mara.start();
    await mara.reads("Is anybody here?");
    await mara.reads("I have got all day.");
    await mara.say("I am!");
    await ada.reads("I am!");
  });
});

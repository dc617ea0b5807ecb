import { ANSWER_TIMEOUT_MS } from "@parlour/sdk/ask";
import { describe, expect, it } from "vitest";
import { UNREACHABLE, useParlour } from "./parlour.ts";
import type { Person } from "./person.ts";

const parlour = useParlour();

/** `person` does `what` while the server stands still, which lasts until the page gives up on it. */
async function unanswered(person: Person, what: () => Promise<void>): Promise<void> {
  await person.page.getByText("Connected", { exact: true }).waitFor();
  await parlour.freezeServer();
  await person.slowly(async () => {
    await what();
    await person.later(ANSWER_TIMEOUT_MS);
  });
}

/** The two talk, both ways. */
async function talk(one: Person, other: Person): Promise<void> {
  await one.isTalkingTo(other.name);
  await other.isTalkingTo(one.name);
  await one.say(`Hello ${other.name}`);
  await other.reads(`Hello ${other.name}`);
  await other.say(`Hello ${one.name}`);
  await one.reads(`Hello ${one.name}`);
}

describe("when the server does not answer", () => {
  it("a START that timed out leaves no ghost in the chat", async () => {
    const ada = await parlour.open("Ada");
    const mara = await parlour.open("Mara");
    await unanswered(ada, () => ada.start());
    parlour.thawServer();
    await ada.isWaiting();
    await mara.start();
    await talk(ada, mara);
  });

  it("a START gives up the connection, and the seat with it, when nothing is answered at all", async () => {
    const ada = await parlour.open("Ada");
    const mara = await parlour.open("Mara");
    await unanswered(ada, () => ada.start());
    await ada.text("Looking for someone…").waitFor();
    parlour.expectTrouble(UNREACHABLE);
    await ada.later(ANSWER_TIMEOUT_MS);
    await ada.page.getByRole("alert").getByText(/The chat did not start/u).waitFor();
    await ada.shot("start-unanswered");
    parlour.thawServer();
    await ada.page.getByText("Connected", { exact: true }).waitFor();
    await mara.start();
    await mara.isWaiting();
    await ada.start();
    await talk(ada, mara);
  });

  it("a NEW CHAT that timed out does not leave one talking to someone who is gone", async () => {
    const [ada, mara] = await parlour.pair("Ada", "Mara");
    await ada.say("Old words");
    await mara.reads("Old words");
    await unanswered(ada, () => ada.button("New chat").click());
    parlour.thawServer();
    await mara.text("Ada left").waitFor();
    await ada.isWaiting();
    await expect.poll(() => ada.page.getByText("Old words").count()).toBe(0);
    await mara.button("Leave").click();
    const tom = await parlour.open("Tom");
    await tom.start();
    await talk(ada, tom);
  });

  it("a block that timed out is told as what it became", async () => {
    const [ada, mara] = await parlour.pair("Ada", "Mara");
    await ada.button("Block").click();
    const confirm = ada.page.getByRole("dialog").getByRole("button", { name: "Block" });
    await unanswered(ada, () => confirm.click());
    parlour.thawServer();
    await ada.text("Mara is blocked. You will not meet again.").waitFor();
    await mara.text("Ada left").waitFor();
  });

  it("a leave that nobody answers leaves no seat behind", async () => {
    const [ada, mara] = await parlour.pair("Ada", "Mara");
    await unanswered(ada, () => ada.button("Leave").click());
    await ada.heading("Pull up a chair.").waitFor();
    parlour.expectTrouble(UNREACHABLE);
    await ada.later(ANSWER_TIMEOUT_MS);
    await ada.page.getByRole("region", { name: "Connection" }).getByText(/Trying again/u).waitFor();
    parlour.thawServer();
    await mara.text("Ada left").waitFor();
    await ada.page.getByText("Connected", { exact: true }).waitFor();
  });
});

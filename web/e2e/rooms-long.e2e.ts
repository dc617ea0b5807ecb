import { describe, expect, it } from "vitest";
import { allIsSent, messages, place, readsOnce, scrollUpTo } from "./messages.ts";
import { UNREACHABLE, useParlour } from "./parlour.ts";
import type { Person } from "./person.ts";
import { comeIn, isIn, joinRoom, listIsThere, roomHeading, roomsLink, roomWith } from "./rooms.ts";

const parlour = useParlour({ PARLOUR_LIMITS_ENABLED: "false" });
const MANY = 250;

describe("a room in which much was said", () => {
  it("opens at its end, and older messages come in without moving what one reads", async () => {
    const ada = await parlour.open("Ada");
    await comeIn(ada, "ada");
    const roomId = await roomWith(ada, "Tea", MANY);
    const asked: string[] = [];
    ada.page.on("request", (request) => {
      if (request.url().includes("/messages?")) asked.push(new URL(request.url()).search);
    });
    // The first older page is on its way until the spec lets it in.
    let letIn = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      letIn = resolve;
    });
    await ada.page.route(/messages\?.*before=/u, async (route) => {
      await held;
      await route.continue();
    });
    await ada.goTo(`/rooms/${roomId}`);
    await isIn(ada, "Tea");
    await readsOnce(ada, `Message ${MANY} of many`);
    await roomHeading(ada, "Tea").waitFor();
    expect(asked.filter((search) => search.includes("before"))).toEqual([]);

    await scrollUpTo(ada, "Message 205 of many");
    await ada.text("Older messages are loading").waitFor();
    await ada.shot("room-older-loading");
    const before = await place(ada, "Message 205 of many");
    letIn();
    await ada.text("Older messages are loading").waitFor({ state: "detached" });
    expect(Math.abs((await place(ada, "Message 205 of many")) - before)).toBeLessThanOrEqual(1);
    await scrollUpTo(ada, "Message 190 of many");
    await ada.shot("room-older");

    await scrollUpTo(ada, "Message 1 of many");
    await messages(ada).getByText("This is where Tea begins.").waitFor();
    expect(await messages(ada).getByText(/^Message \d+ of many$/u).count()).toBeLessThanOrEqual(100);
    expect(asked.filter((search) => search.includes("before"))).toHaveLength(4);
    await ada.shot("room-beginning");
  });

  it("stays where one reads when something new comes, counts it, and leads there", async () => {
    const ada = await parlour.open("Ada");
    await comeIn(ada, "ada");
    const roomId = await roomWith(ada, "Tea", 80);
    await ada.goTo(`/rooms/${roomId}`);
    await isIn(ada, "Tea");
    const mara = await parlour.open("Mara");
    await comeIn(mara, "mara");
    await joinRoom(mara, "Tea");
    await scrollUpTo(ada, "Message 45 of many");
    const before = await place(ada, "Message 45 of many");
    await mara.say("Something new");
    await ada.button("1 new").waitFor();
    expect(await place(ada, "Message 45 of many")).toBe(before);
    await ada.shot("room-new-below");
    await ada.button("1 new").click();
    await readsOnce(ada, "Something new");
    await ada.button("1 new").waitFor({ state: "detached" });
  });
});

describe("without a connection", () => {
  it("keeps what is written, sends it once, in place, and catches up with what was missed", async () => {
    const ada = await parlour.open("Ada");
    await comeIn(ada, "ada");
    const roomId = await roomWith(ada, "Tea", 3);
    await ada.goTo(`/rooms/${roomId}`);
    await isIn(ada, "Tea");
    const mara = await parlour.open("Mara");
    await comeIn(mara, "mara");
    await joinRoom(mara, "Tea");
    parlour.expectTrouble(UNREACHABLE);
    await ada.page.context().setOffline(true);
    await ada.page.getByRole("region", { name: "Connection" }).getByText(/You are offline/u).waitFor();
    await ada.say("Written on the train");
    await ada.say("Under a mountain");
    await messages(ada).getByText("Sent once you are connected").first().waitFor();
    await ada.shot("room-offline");
    for (let count = 1; count <= 5; count += 1) await mara.say(`Meanwhile ${count}`);
    await allIsSent(mara);
    await ada.page.context().setOffline(false);
    await readsOnce(ada, "Meanwhile 5");
    await readsOnce(mara, "Under a mountain");
    await readsOnce(mara, "Written on the train");
    await allIsSent(ada);
    await messages(ada).getByText("Sent once you are connected").waitFor({ state: "detached" });
    const shown = async (person: Person): Promise<string[]> =>
      messages(person).getByText(/^(Meanwhile|Written|Under)/u).allTextContents();
    const expected = [...[1, 2, 3, 4, 5].map((count) => `Meanwhile ${count}`), "Written on the train", "Under a mountain"];
    expect(await shown(mara)).toEqual(expected);
    expect(await shown(ada)).toEqual(expected);
  });

  it("says so while the list and the room cannot be had, and has them once it is back", async () => {
    const ada = await parlour.open("Ada");
    await comeIn(ada, "ada");
    await roomWith(ada, "Tea", 3);
    parlour.expectTrouble(UNREACHABLE);
    await ada.page.context().setOffline(true);
    await ada.page.getByRole("region", { name: "Connection" }).getByText(/You are offline/u).waitFor();
    await ada.page.getByRole("listitem").filter({ hasText: "Tea" }).getByRole("link").click();
    await ada.text("The messages could not be loaded.").waitFor();
    await ada.shot("room-unreachable");
    await ada.page.context().setOffline(false);
    await isIn(ada, "Tea");
    await readsOnce(ada, "Message 3 of many");
    await roomsLink(ada).click();
    await listIsThere(ada);
  });
});

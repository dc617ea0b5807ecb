import { describe, expect, it } from "vitest";
import { api } from "./api.ts";
import { allIsSent, messages, readsOnce } from "./messages.ts";
import {
  comeIn,
  comeInAsGuest,
  isIn,
  item,
  joinRoom,
  listIsThere,
  makeRoom,
  openRoom,
  roomHeading,
  roomsLink,
  search,
} from "./rooms.ts";
import { useParlour } from "./parlour.ts";

const parlour = useParlour();

describe("a room", () => {
  it("is made, found, joined by another and a guest, talked in, and left", async () => {
    const ada = await parlour.open("Ada");
    await comeIn(ada, "ada", "Ada Lovelace");
    await ada.text("There is no room yet. Make the first one.").waitFor();
    await ada.shot("rooms-none");
    await makeRoom(ada, "Analytical engines", "Gears, cards and what one might do with them");
    await ada.text("It is quiet in here.").waitFor();
    await ada.shot("room-empty");
    await ada.say("Is anybody here?");
    await readsOnce(ada, "Is anybody here?");

    const mara = await parlour.open("Mara");
    await comeIn(mara, "mara");
    await search(mara).fill("engi");
    await item(mara, "Analytical engines").getByText("1 member").waitFor();
    await openRoom(mara, "Analytical engines");
    await readsOnce(mara, "Is anybody here?");
    await expect.poll(() => mara.field.count()).toBe(0);
    await mara.shot("room-looking-in");
    await mara.button("Join this room").click();
    await isIn(mara, "Analytical engines");
    await messages(ada).getByText(/mara\W* joined/u).waitFor();
    await mara.say("I am!");
    await readsOnce(ada, "I am!");
    await ada.say("Then let us begin.\nWith the second line.");
    await readsOnce(mara, "Then let us begin.\nWith the second line.");

    // Nobody can be taken for oneself.
    await api(mara, "PATCH", "/auth/me", { displayName: "You" });
    await mara.say("I agree");
    await item(ada, "Analytical engines").getByText("“You”:", { exact: true }).waitFor();
    await item(mara, "Analytical engines").getByText("sent", { exact: true }).waitFor();
    await messages(ada).getByText("“You”", { exact: true }).waitFor();
    await api(mara, "PATCH", "/auth/me", { displayName: null });

    const tom = await parlour.open("Tom");
    await comeInAsGuest(tom, "tom");
    await joinRoom(tom, "Analytical engines");
    await tom.say("Hello from a guest");
    await readsOnce(ada, "Hello from a guest");
    await messages(ada).getByText("guest", { exact: true }).waitFor();
    await ada.button("People: 3 here").click();
    const people = ada.page.getByRole("list", { name: "Here now" });
    await people.getByRole("listitem").filter({ hasText: "tom" }).getByText("guest").waitFor();
    await people.getByRole("listitem").filter({ hasText: "Ada Lovelace" }).getByText("you").waitFor();
    const members = ada.page.getByRole("list", { name: "Members" }).getByRole("listitem");
    await members.nth(2).waitFor();
    await expect.poll(() => members.count()).toBe(3);
    await ada.shot("room-people");
    await ada.page.keyboard.press("Escape");
    await people.waitFor({ state: "detached" });

    await mara.button("Leave").click();
    await mara.page.getByRole("dialog").getByRole("button", { name: "Leave" }).click();
    await roomHeading(mara, "Rooms").waitFor();
    await mara.page.getByRole("list", { name: "Your rooms" }).waitFor({ state: "detached" });
    await item(mara, "Analytical engines").getByText("2 members").waitFor();
    await messages(ada).getByText(/mara\W* left/u).waitFor();
    await ada.button("People: 2 here").waitFor();
  });

  it("is there again tomorrow, where one left off", async () => {
    const ada = await parlour.open("Ada");
    await comeIn(ada, "ada");
    await makeRoom(ada, "Tea");
    await ada.say("First words");
    await readsOnce(ada, "First words");
    await allIsSent(ada);
    await ada.page.reload();
    await isIn(ada, "Tea");
    await readsOnce(ada, "First words");
    expect(await ada.page.title()).toBe("Tea · Parlour");
    // A megabyte is taken in at once, and the page goes on.
    await ada.field.focus();
    const devtools = await ada.page.context().newCDPSession(ada.page);
    await devtools.send("Performance.enable", { timeDomain: "threadTicks" });
    const busyS = async (): Promise<number> => {
      const { metrics } = await devtools.send("Performance.getMetrics");
      return metrics.find(({ name }) => name === "TaskDuration")?.value ?? Number.NaN;
    };
    const before = await busyS();
    await ada.page.keyboard.insertText("lorem ipsum ".repeat(90_000));
    // Of its processor time. Seconds, when each paragraph was looked into and the field measured; 0.3 s since.
    expect((await busyS()) - before).toBeLessThan(2);
    expect(await ada.field.evaluate((field) => (field as HTMLElement).style.height)).toBe("168px");
    await ada.text(/^1,076,000 too many/u).waitFor();
  });

  it("tells in the list and in the title what is unread, and no more once it is read", async () => {
    const ada = await parlour.open("Ada");
    await comeIn(ada, "ada");
    await makeRoom(ada, "Tea");
    await makeRoom(ada, "Coffee");
    const mara = await parlour.open("Mara");
    await comeIn(mara, "mara");
    await joinRoom(mara, "Tea");
    await mara.say("One");
    await mara.say("Two");
    await item(ada, "Tea").getByText("2 unread").waitFor();
    await item(ada, "Tea").getByText("Two").waitFor();
    // Whose line it is has room enough.
    const author = item(ada, "Tea").getByText("mara", { exact: true });
    await expect.poll(() => author.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBe(0);
    expect(await ada.page.title()).toBe("(2) Coffee · Parlour");
    await ada.shot("room-unread");
    await ada.page.getByRole("navigation", { name: "Areas" }).getByRole("link", { name: "Strangers" }).click();
    await ada.heading("Pull up a chair.").waitFor();
    await roomsLink(ada).getByText("2 unread").waitFor();
    await roomsLink(ada).click();
    await openRoom(ada, "Tea");
    await messages(ada).getByText("New messages", { exact: true }).waitFor();
    await ada.shot("room-new-messages");
    await item(ada, "Tea").getByText("unread").waitFor({ state: "detached" });
    await openRoom(ada, "Coffee");
    await mara.say("Three");
    await item(ada, "Tea").getByText("1 unread").waitFor();
  });

  it("is the same in a second tab, and left in both", async () => {
    const ada = await parlour.open("Ada");
    await comeIn(ada, "ada");
    await makeRoom(ada, "Tea");
    const second = await parlour.tab(ada);
    await roomsLink(second).click();
    await openRoom(second, "Tea");
    await isIn(second, "Tea");
    await ada.say("From the first");
    await readsOnce(second, "From the first");
    await second.say("From the second");
    await readsOnce(ada, "From the second");
    await ada.button("People: 1 here").waitFor();
    await second.button("Leave").click();
    await second.page.getByRole("dialog").getByRole("button", { name: "Leave" }).click();
    await roomHeading(second, "Rooms").waitFor();
    await ada.button("Join this room").waitFor();
    await readsOnce(ada, "From the second");
  });

  it("asks a stranger for a name, and says when there is no such room", async () => {
    const ada = await parlour.open("Ada");
    await ada.goTo("/rooms/no-such-room");
    await ada.heading("Rooms are for people with a name.").waitFor();
    await ada.isAccessible();
    await ada.shot("rooms-stranger");
    ada.expectRefusal(404);
    await ada.link("Continue as guest").click();
    await ada.input("Name").fill("ada");
    await ada.button("Continue").click();
    await ada.text("There is no such room.").waitFor();
    await ada.isAccessible();
    await expect.poll(() => ada.button("Join this room").count()).toBe(0);
    await ada.shot("room-unknown");
    await ada.link("All rooms").click();
    await listIsThere(ada);
  });

  it("waits for the end of a chat that was begun without a name", async () => {
    const ada = await parlour.open("Ada");
    await ada.start();
    await ada.isWaiting();
    await comeIn(ada, "ada");
    await ada.button("New room").click();
    const dialog = ada.page.getByRole("dialog", { name: "A new room" });
    await dialog.getByLabel("Name of the room").fill("Tea");
    await dialog.getByRole("button", { name: "Make the room" }).click();
    await ada.text(/In this tab you still talk to a stranger/u).waitFor();
    await ada.isAccessible();
    await ada.shot("room-while-stranger");
    await ada.link("Back to the chat").click();
    await ada.button("Cancel").click();
    await ada.heading("Pull up a chair.").waitFor();
    await roomsLink(ada).click();
    await openRoom(ada, "Tea");
    await isIn(ada, "Tea");
    await ada.say("Now with a name");
    await readsOnce(ada, "Now with a name");
  });

  it("is not made with a name that the server does not take", async () => {
    const ada = await parlour.open("Ada");
    await comeIn(ada, "ada");
    await ada.button("New room").click();
    const dialog = ada.page.getByRole("dialog", { name: "A new room" });
    await dialog.getByRole("button", { name: "Make the room" }).click();
    await dialog.getByText("Enter a name.").waitFor();
    await ada.isAccessible();
    await ada.shot("room-create");
    await dialog.getByLabel("Name of the room").fill("x".repeat(81));
    await dialog.getByRole("button", { name: "Make the room" }).click();
    await dialog.getByText("80 characters are the most").waitFor();
    await ada.page.keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });
    await ada.button("New room").waitFor();
  });
});

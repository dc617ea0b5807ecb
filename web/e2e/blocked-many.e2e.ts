import { describe, expect, it } from "vitest";
import { api } from "./api.ts";
import { channelsAreThere, channelsLink } from "./channels.ts";
import { messages, readsOnce, scrollUpTo } from "./messages.ts";
import { useParlour } from "./parlour.ts";
import type { Person } from "./person.ts";
import { comeIn, isIn, item, makeRoom, openRoom, roomsLink, roomWith, sayMany } from "./rooms.ts";

const parlour = useParlour({ PARLOUR_LIMITS_ENABLED: "false" });

interface Me {
  readonly user: { readonly id: string };
}

/** Blocks somebody over HTTP: the page knows with its next load. */
async function blockUnseen(person: Person, blocked: Person): Promise<void> {
  const { user } = await api<Me>(blocked, "GET", "/auth/me");
  await api(person, "POST", `/users/${user.id}/block`);
}

async function three(): Promise<[ada: Person, mara: Person, tom: Person]> {
  const ada = await parlour.open("Ada");
  await comeIn(ada, "ada");
  const mara = await parlour.open("Mara");
  await comeIn(mara, "mara", "Mara Okafor");
  const tom = await parlour.open("Tom");
  await comeIn(tom, "tom");
  await blockUnseen(ada, mara);
  return [ada, mara, tom];
}

/** Joins a room by its address: a list that one looks at does not tell of new rooms. */
async function joinAt(person: Person, roomId: string, name: string): Promise<void> {
  await person.goTo(`/rooms/${roomId}`);
  await person.button("Join this room").click();
  await isIn(person, name);
}

/** Says so much over HTTP, in any order: as fast as it goes. */
async function floods(person: Person, roomId: string, count: number): Promise<void> {
  await person.page.evaluate(
    async ({ id, last }) => {
      const headers = { "Content-Type": "application/json" };
      const say = async (number: number): Promise<void> => {
        const body = JSON.stringify({ content: `Buy now, ${number}`, clientId: `flood-${number}` });
        const response = await fetch(`/api/chat/rooms/${id}/messages`, { method: "POST", headers, body });
        if (!response.ok) throw new Error(await response.text());
      };
      await Promise.all(Array.from({ length: last }, (_, at) => say(at + 1)));
    },
    { id: roomId, last: count },
  );
}

/** What `person` asks for before what is known of a conversation, from here on. */
function olderAsked(person: Person): string[] {
  const asked: string[] = [];
  person.page.on("request", (request) => {
    if (/\/messages\?.*before=/u.test(request.url())) asked.push(new URL(request.url()).search);
  });
  return asked;
}

describe("what a blocked person says", () => {
  it("is not counted below, though what others say is", async () => {
    const [ada, mara, tom] = await three();
    const roomId = await roomWith(ada, "Tea", 80);
    await ada.goTo(`/rooms/${roomId}`);
    await isIn(ada, "Tea");
    await joinAt(mara, roomId, "Tea");
    await joinAt(tom, roomId, "Tea");
    await scrollUpTo(ada, "Message 45 of many");
    await mara.say("Buy now");
    // The list says so in the moment in which the message is there.
    await item(ada, "Tea").getByText("Hidden message").waitFor();
    await ada.button("To the newest message").waitFor();
    expect(await ada.page.getByRole("button", { name: /new$/u }).count()).toBe(0);
    await ada.shot("blocked-no-news");
    await tom.say("Is there tea?");
    await ada.button("1 new").waitFor();
    await mara.say("Buy more");
    await item(ada, "Tea").getByText("Hidden message").waitFor();
    await ada.button("1 new").click();
    await readsOnce(ada, "Is there tea?");
    await ada.button("1 new").waitFor({ state: "detached" });
    expect(await messages(ada).getByText("Buy").count()).toBe(0);
  });

  it("puts no line before what comes later, nor is their coming and going told", async () => {
    const [ada, mara, tom] = await three();
    await ada.page.reload();
    await makeRoom(ada, "Tea");
    const roomId = new URL(ada.page.url()).pathname.split("/").at(-1) ?? "";
    await joinAt(mara, roomId, "Tea");
    await joinAt(tom, roomId, "Tea");
    await messages(ada).getByText(/tom\W* joined/u).waitFor();
    await channelsLink(mara).click();
    await channelsAreThere(mara);
    await roomsLink(mara).click();
    await openRoom(mara, "Tea");
    await isIn(mara, "Tea");
    await ada.page.getByRole("button", { name: "People: 3 here" }).waitFor();
    expect(await messages(ada).getByText("Mara").count()).toBe(0);

    await channelsLink(ada).click();
    await channelsAreThere(ada);
    await mara.say("Buy now");
    await roomsLink(ada).getByText("1 unread").waitFor();
    await roomsLink(ada).click();
    await openRoom(ada, "Tea");
    await messages(ada).getByText("Message from someone you blocked").waitFor();
    const unread = async (): Promise<number | undefined> => {
      const { rooms } = await api<{ rooms: { _id: string; unreadCount: number }[] }>(ada, "GET", "/chat/rooms");
      return rooms.find(({ _id }) => _id === roomId)?.unreadCount;
    };
    await expect.poll(unread).toBe(0);
    await tom.say("Is there tea?");
    await readsOnce(ada, "Is there tea?");
    expect(await messages(ada).getByText("New messages").count()).toBe(0);
    // Unread, what can be seen has its line, wherever what is hidden stands.
    await channelsLink(ada).click();
    await channelsAreThere(ada);
    await mara.say("Buy more");
    await tom.say("Anybody?");
    await roomsLink(ada).getByText("2 unread").waitFor();
    await roomsLink(ada).click();
    await openRoom(ada, "Tea");
    await readsOnce(ada, "Anybody?");
    const row = messages(ada).locator("[data-index]").filter({ hasText: "New messages" });
    expect(await row.allTextContents()).toEqual([expect.stringContaining("Anybody?")]);
    await ada.shot("blocked-new-line");
  });

  it("is asked for page by page as far as it can be held, and then no more, until one wants to see it", async () => {
    const [ada, mara, tom] = await three();
    const roomId = await roomWith(ada, "Tea", 0);
    await floods(mara, roomId, 600);
    const asked = olderAsked(ada);
    await ada.goTo(`/rooms/${roomId}`);
    await isIn(ada, "Tea");
    const row = messages(ada).getByText("350 messages from someone you blocked");
    await row.waitFor();
    await joinAt(tom, roomId, "Tea");
    // What is asked for, is asked for at once: it would have been, meanwhile.
    for (const text of ["Is there tea?", "Anybody?", "It is quiet here"]) {
      await tom.say(text);
      await readsOnce(ada, text);
    }
    expect(asked).toHaveLength(6);
    await row.waitFor();
    await ada.shot("blocked-many");

    await ada.button("Show").click();
    await messages(ada).press("Home");
    await expect.poll(() => asked.length).toBeGreaterThan(6);
  });

  it("is passed by on the way up, though it fills whole pages", async () => {
    const [ada, mara, tom] = await three();
    const roomId = await roomWith(ada, "Tea", 0);
    await tom.goTo(`/rooms/${roomId}`);
    await floods(mara, roomId, 220);
    await sayMany(tom, roomId, 60);
    await ada.goTo(`/rooms/${roomId}`);
    await isIn(ada, "Tea");
    await readsOnce(ada, "Message 60 of many");
    await scrollUpTo(ada, "Message 1 of many");
    await messages(ada).getByText("220 messages from someone you blocked").waitFor();
    await messages(ada).getByText("This is where Tea begins.").waitFor();
  });

  it("does not push away what one reads below it", async () => {
    const [ada, mara, tom] = await three();
    const roomId = await roomWith(ada, "Tea", 0);
    await floods(mara, roomId, 600);
    await sayMany(tom, roomId, 80);
    const asked = olderAsked(ada);
    await ada.goTo(`/rooms/${roomId}`);
    await isIn(ada, "Tea");
    await readsOnce(ada, "Message 80 of many");
    await scrollUpTo(ada, "Message 1 of many");
    // 400 messages are held, and all that others said is among them.
    await messages(ada).getByText("320 messages from someone you blocked").waitFor();
    // Whoever has written is a member.
    await mara.goTo(`/rooms/${roomId}`);
    await isIn(mara, "Tea");
    for (const text of ["Buy now", "Buy more", "Buy all"]) await mara.say(text);
    await item(ada, "Tea").getByText("Hidden message").waitFor();
    expect(asked).toHaveLength(7);
    await readsOnce(ada, "Message 1 of many");
    await messages(ada).press("End");
    await readsOnce(ada, "Message 80 of many");
    await messages(ada).getByText("3 messages from someone you blocked").waitFor();
    expect(asked).toHaveLength(7);
  });
});

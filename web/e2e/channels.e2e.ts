import { describe, expect, it } from "vitest";
import { signIn, signOut } from "./account.ts";
import { api } from "./api.ts";
import { comeIntoChannels, is, isIn, item, joinChannel, makeChannel, openChannel, row, sayInVain } from "./channels.ts";
import { messages, readsOnce } from "./messages.ts";
import { UNREACHABLE, useParlour } from "./parlour.ts";
import type { Person } from "./person.ts";

const parlour = useParlour({}, { isFaulty: true });

/** No space left on the disk. */
const FULL = { errno: 28 };

/** Ada and Mara, who listen to the same channel. */
async function two(): Promise<[ada: Person, mara: Person]> {
  const ada = await parlour.open("Ada");
  await comeIntoChannels(ada, "ada", "Ada Lovelace");
  await makeChannel(ada, "Engines");
  const mara = await parlour.open("Mara");
  await comeIntoChannels(mara, "mara");
  await joinChannel(mara, "Engines");
  return [ada, mara];
}

interface Page {
  readonly messages: readonly { readonly body: string; readonly seq: number }[];
}

/** What the server has stored in the channel that is open. */
async function stored(person: Person): Promise<readonly string[]> {
  const channelId = new URL(person.page.url()).pathname.split("/").at(-1) ?? "";
  const { messages: those } = await api<Page>(person, "GET", `/channels/${channelId}/messages`);
  return those.map(({ body }) => body);
}

describe("a message in a channel", () => {
  it("is on every screen before it is stored, and then confirmed", async () => {
    const [ada, mara] = await two();
    await parlour.disk("sync", { isHeld: true });
    await ada.say("Before it is stored");
    await is(ada, "Before it is stored", "being stored");
    await is(mara, "Before it is stored", "Not confirmed yet:");
    await ada.shot("channel-storing");
    await mara.shot("channel-unconfirmed");
    await parlour.disk("sync", {});
    await is(ada, "Before it is stored", /^sent$/u);
    await row(mara, "Before it is stored").getByText("Not confirmed yet:").waitFor({ state: "detached" });
    await readsOnce(ada, "Before it is stored");
    await readsOnce(mara, "Before it is stored");
    expect(await stored(mara)).toEqual(["Before it is stored"]);
  });

  it("that cannot be stored fails with its reason, goes from the others' screens, and can be sent again", async () => {
    const [ada, mara] = await two();
    await ada.say("A first one");
    await is(ada, "A first one", /^sent$/u);
    await parlour.disk("write", { ...FULL, isHeld: true });
    await ada.say("Into a full disk");
    await is(mara, "Into a full disk", "Not confirmed yet:");
    await parlour.disk("write", FULL);
    await is(ada, "Into a full disk", /Not sent\./u);
    await messages(mara).getByText("Into a full disk").waitFor({ state: "detached" });
    await ada.isAccessible();
    await ada.shot("channel-failed");
    await parlour.disk("write", {});
    await ada.button("Retry").click();
    await is(ada, "Into a full disk", /^sent$/u);
    await readsOnce(mara, "Into a full disk");
    await readsOnce(ada, "Into a full disk");
    expect(await stored(mara)).toEqual(["A first one", "Into a full disk"]);
  });

  it("that has failed can be forgotten", async () => {
    const [ada, mara] = await two();
    await ada.say("A first one");
    await is(ada, "A first one", /^sent$/u);
    await parlour.disk("write", FULL);
    await ada.say("Not meant to be");
    await is(ada, "Not meant to be", /Not sent\./u);
    await parlour.disk("write", {});
    await ada.button("Delete").click();
    await messages(ada).getByText("Not meant to be").waitFor({ state: "detached" });
    await ada.page.reload();
    await isIn(ada, "Engines");
    await mara.say("Still here");
    await readsOnce(ada, "Still here");
    await expect.poll(() => messages(ada).getByText("Not meant to be").count()).toBe(0);
  });

  it("of which nothing is heard for ten seconds says so, can be sent again, and arrives once", async () => {
    const [ada, mara] = await two();
    await parlour.disk("sync", { isHeld: true });
    await ada.say("Slow to settle");
    await is(ada, "Slow to settle", "being stored");
    await ada.later(10_000);
    await is(ada, "Slow to settle", /No answer yet/u);
    await ada.isAccessible();
    await ada.shot("channel-unanswered");
    await ada.button("Retry").click();
    await is(ada, "Slow to settle", /being s/u);
    await parlour.disk("sync", {});
    await is(ada, "Slow to settle", /^sent$/u);
    await readsOnce(ada, "Slow to settle");
    await readsOnce(mara, "Slow to settle");
    expect(await stored(mara)).toEqual(["Slow to settle"]);
  });

  it("written while the server is silent is unanswered, and stored when it speaks again", async () => {
    const [ada] = await two();
    await parlour.freezeServer();
    await ada.slowly(() => sayInVain(ada, "Into the silence"));
    parlour.thawServer();
    await is(ada, "Into the silence", /^sent$/u);
    await readsOnce(ada, "Into the silence");
  });
});

describe("bug 7.4: a server that dies between showing and storing", () => {
  it("is sent the message again by whoever wrote it, and stores it once", async () => {
    const [ada, mara] = await two();
    await parlour.disk("write", { delayMs: 60_000 });
    parlour.expectTrouble(UNREACHABLE);
    await ada.say("In mid-air");
    await is(mara, "In mid-air", "Not confirmed yet:");
    await parlour.disk("write", {});
    await parlour.crashServer();
    await is(ada, "In mid-air", /^sent$/u);
    await readsOnce(ada, "In mid-air");
    expect(await stored(ada)).toEqual(["In mid-air"]);
    // What was shown before the crash has gone for what was stored after it.
    await messages(mara).getByText("Not confirmed yet:").waitFor({ state: "detached" });
    await readsOnce(mara, "In mid-air");
  });

  it("leaves nothing on the others' screens if nobody sends it again", async () => {
    const [ada, mara] = await two();
    await ada.say("A first one");
    await readsOnce(mara, "A first one");
    await parlour.disk("write", { delayMs: 60_000 });
    parlour.expectTrouble(UNREACHABLE);
    await ada.say("Lost for good");
    await is(mara, "Lost for good", "Not confirmed yet:");
    await ada.close();
    await parlour.disk("write", {});
    await parlour.crashServer();
    await isIn(mara, "Engines");
    await mara.later(30_000);
    await messages(mara).getByText("Lost for good").waitFor({ state: "detached" });
    await readsOnce(mara, "A first one");
    expect(await stored(mara)).toEqual(["A first one"]);
  });
});

describe("what is written without a connection", () => {
  it("outlives a reload, and is sent once there is one, in order and once", async () => {
    const [ada, mara] = await two();
    let isBarred = false;
    await ada.page.route(/\/socket\.io\//u, (route) => (isBarred ? route.abort() : route.continue()));
    await ada.page.routeWebSocket(/\/socket\.io\//u, (socket) => {
      if (isBarred) void socket.close();
      else socket.connectToServer();
    });
    await ada.page.reload();
    await isIn(ada, "Engines");
    await ada.say("While connected");
    await is(ada, "While connected", /^sent$/u);
    parlour.expectTrouble(UNREACHABLE);
    await ada.page.context().setOffline(true);
    await ada.page.getByRole("region", { name: "Connection" }).getByText(/You are offline/u).waitFor();
    for (const text of ["Offline one", "Offline two", "Offline three"]) await ada.say(text);
    await is(ada, "Offline three", "Sent once you are connected");
    await ada.isAccessible();
    await ada.shot("channel-offline");
    // Without the server there is no page: it alone can be reached at first, and the socket can not.
    isBarred = true;
    await ada.page.context().setOffline(false);
    await ada.page.reload();
    for (const text of ["Offline one", "Offline two", "Offline three"]) {
      await is(ada, text, "Sent once you are connected");
    }
    await ada.shot("channel-reloaded");
    expect(await stored(ada)).toEqual(["While connected"]);
    isBarred = false;
    await ada.page.reload();
    await isIn(ada, "Engines");
    for (const text of ["Offline one", "Offline two", "Offline three"]) {
      await readsOnce(ada, text);
      await readsOnce(mara, text);
    }
    await is(ada, "Offline three", /^sent$/u);
    expect(await stored(mara)).toEqual(["While connected", "Offline one", "Offline two", "Offline three"]);
    await expect.poll(() => ada.page.evaluate(() => Object.keys(localStorage).filter((key) => key.includes("outbox")))).toEqual([]);
  });

  it("goes out although one is elsewhere in the page by then", async () => {
    const [ada, mara] = await two();
    parlour.expectTrouble(UNREACHABLE);
    await ada.page.context().setOffline(true);
    await ada.page.getByRole("region", { name: "Connection" }).getByText(/You are offline/u).waitFor();
    await ada.say("Sent from elsewhere");
    await is(ada, "Sent from elsewhere", "Sent once you are connected");
    await ada.page.getByRole("navigation", { name: "Areas" }).getByRole("link", { name: /^Rooms/u }).click();
    await ada.page.context().setOffline(false);
    await readsOnce(mara, "Sent from elsewhere");
    expect(await stored(mara)).toEqual(["Sent from elsewhere"]);
  });

  it("is nobody else's, and goes when one signs out", async () => {
    const [ada, mara] = await two();
    await parlour.disk("write", FULL);
    await ada.say("A secret draft");
    await is(ada, "A secret draft", /Not sent\.|being s/u);
    await parlour.disk("write", {});
    await signOut(ada, "Ada Lovelace");
    await ada.page.getByRole("button", { name: /^Your account/u }).waitFor({ state: "detached" });
    await expect.poll(() => ada.page.evaluate(() => localStorage.length)).toBe(0);
    await ada.link("Sign in").click();
    await signIn(ada, "ada");
    await item(ada, "Engines").waitFor().catch(async () => {
      await ada.page.getByRole("navigation", { name: "Areas" }).getByRole("link", { name: /^Channels/u }).click();
      await item(ada, "Engines").waitFor();
    });
    await openChannel(ada, "Engines");
    await mara.say("Has she come back?");
    await readsOnce(ada, "Has she come back?");
    await expect.poll(() => ada.button("Retry").count()).toBe(0);
  });
});

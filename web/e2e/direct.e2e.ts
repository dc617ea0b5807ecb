import { describe, expect, it } from "vitest";
import { api } from "./api.ts";
import { messages, readsOnce } from "./messages.ts";
import { comeIntoDirect, directLink, find, heading, isWith, item, lastIs, openWith, othersWrite, presence, search } from "./direct.ts";
import { UNREACHABLE, useParlour, type Parlour } from "./parlour.ts";
import type { Person } from "./person.ts";

/** Ada and Mara, one of whom has read the other one's "Hello". */
async function acquainted(parlour: Parlour): Promise<[ada: Person, mara: Person]> {
  const ada = await parlour.open("Ada");
  await comeIntoDirect(ada, "ada", "Ada Lovelace");
  const mara = await parlour.open("Mara");
  await comeIntoDirect(mara, "mara", "Mara Okafor");
  await find(ada, "mara", "Mara Okafor");
  await ada.say("Hello");
  await openWith(mara, "Ada Lovelace");
  await lastIs(ada, "read");
  await presence(ada, "Online").waitFor();
  return [ada, mara];
}

describe("two people, one of them in two tabs", () => {
  const parlour = useParlour({ PARLOUR_LIMITS_ENABLED: "false" });

  it("find each other, write, see who types and what was read, in every tab once", async () => {
    const ada = await parlour.open("Ada");
    await comeIntoDirect(ada, "ada", "Ada Lovelace");
    await ada.text("You have no conversation yet.").waitFor();
    await ada.isAccessible();
    await ada.shot("direct-none");
    const mara = await parlour.open("Mara");
    await comeIntoDirect(mara, "mara", "Mara Okafor");

    await search(ada).fill("m");
    await ada.text("two letters are the fewest").waitFor();
    await search(ada).fill("nobody-of-that-name");
    await ada.text(/Nobody is called/u).waitFor();
    await ada.isAccessible();
    ada.expectRefusal(503);
    await ada.page.route("**/api/users?query=okafor", (route) => route.fulfill({ status: 503 }), { times: 1 });
    await search(ada).fill("okafor");
    await ada.text(/Nobody can be looked for just now/u).waitFor();
    await ada.isAccessible();
    await ada.shot("direct-search-failed");
    await ada.button("Try again").click();
    await ada.page.getByRole("list", { name: "People" }).getByRole("button", { name: "Mara Okafor" }).waitFor();
    await search(ada).fill("oka");
    await ada.page.getByRole("list", { name: "People" }).getByRole("button", { name: "Mara Okafor" }).waitFor();
    await ada.shot("direct-found");
    await find(ada, "oka", "Mara Okafor");
    await ada.text("Say hello.").waitFor();
    await presence(ada, "Online").waitFor();
    await presence(ada, "@mara").waitFor();
    await ada.shot("direct-empty");

    // Who never heard of the conversation has it in the list at once.
    await ada.say("Hello Mara. Look: https://example.org/");
    await item(mara, "Ada Lovelace").getByText("1 unread").waitFor();
    await item(mara, "Ada Lovelace").getByText("Hello Mara. Look: https://example.org/").waitFor();
    expect(await mara.page.title()).toBe("(1) Direct messages · Parlour");
    await lastIs(ada, "sent");
    await expect.poll(() => messages(ada).getByText("read", { exact: true }).count()).toBe(0);
    await item(ada, "Mara Okafor").getByText("sent", { exact: true }).waitFor();

    await openWith(mara, "Ada Lovelace");
    await readsOnce(mara, "Hello Mara. Look: https://example.org/");
    await messages(mara).getByText("New messages", { exact: true }).waitFor();
    await lastIs(ada, "read");
    await item(ada, "Mara Okafor").getByText("read", { exact: true }).waitFor();
    await item(mara, "Ada Lovelace").getByText("unread").waitFor({ state: "detached" });
    expect(await mara.page.title()).toBe("Ada Lovelace · Parlour");

    await mara.typesUntil(ada.text(/Mara Okafor is typing/u));
    await ada.shot("direct-typing");
    await mara.field.fill("");
    await ada.text(/Mara Okafor is typing/u).waitFor({ state: "detached" });
    await mara.say("Good evening!");
    await readsOnce(ada, "Good evening!");
    await lastIs(mara, "read");
    await ada.isAccessible();

    // The second tab has all of it, and what the first one writes from now on.
    const second = await parlour.tab(mara);
    await directLink(second).click();
    await openWith(second, "Ada Lovelace");
    await readsOnce(second, "Good evening!");
    await mara.say("From the first tab");
    await readsOnce(second, "From the first tab");
    await second.say("From the second tab");
    await readsOnce(mara, "From the second tab");
    await readsOnce(ada, "From the second tab");
    await readsOnce(ada, "From the first tab");
    await lastIs(second, "read");

    // What is read in one tab is unread in none.
    await directLink(mara).click();
    await directLink(second).click();
    await ada.say("Are you still there?");
    await item(mara, "Ada Lovelace").getByText("1 unread").waitFor();
    await item(second, "Ada Lovelace").getByText("1 unread").waitFor();
    await mara.shot("direct-unread");
    await openWith(second, "Ada Lovelace");
    await item(mara, "Ada Lovelace").getByText("unread").waitFor({ state: "detached" });
    await lastIs(ada, "read");
  });

  it("know who is there, write without a connection, and are rid of each other", async () => {
    const [ada, mara] = await acquainted(parlour);
    const maraId = (await api<{ user: { id: string } }>(mara, "GET", "/auth/me")).user.id;

    parlour.expectTrouble(UNREACHABLE);
    await mara.page.context().setOffline(true);
    await mara.page.getByRole("region", { name: "Connection" }).getByText(/You are offline/u).waitFor();
    await mara.say("Written on the train");
    await messages(mara).getByText("Sent once you are connected").waitFor();
    await mara.shot("direct-offline");
    for (let count = 1; count <= 3; count += 1) await ada.say(`Meanwhile ${count}`);
    // Somebody new writes meanwhile, too.
    await othersWrite(ada, maraId, 1);
    const syncs: string[] = [];
    mara.page.on("websocket", (socket) => {
      socket.on("framesent", ({ payload }) => {
        if (payload.toString().includes('"sync"')) syncs.push(payload.toString());
      });
    });
    await mara.page.context().setOffline(false);
    await item(mara, "writer1").getByText("1 unread").waitFor();
    await readsOnce(mara, "Meanwhile 3");
    await readsOnce(ada, "Written on the train");
    await lastIs(ada, "read");
    await lastIs(mara, "read");
    const shown = (person: typeof ada): Promise<string[]> => messages(person).getByText(/^(Meanwhile|Written)/u).allTextContents();
    expect(await shown(mara)).toEqual(await shown(ada));
    // One question for rooms and direct conversations together.
    expect(syncs).toHaveLength(1);
    expect(syncs[0]).toMatch(/"cursors":\{"conv_\d+_\d+":\d+\}/u);

    await mara.page.goto("about:blank");
    await presence(ada, /^Last seen/u).waitFor();
    await ada.shot("direct-last-seen");
    await mara.page.goBack();
    await isWith(mara, "Ada Lovelace");
    await presence(ada, "Online").waitFor();

    await mara.button("Block").click();
    const dialog = mara.page.getByRole("dialog", { name: "Block Ada Lovelace?" });
    await dialog.waitFor();
    await mara.isAccessible();
    await mara.shot("direct-block");
    await dialog.getByRole("button", { name: "Block" }).click();
    await mara.text("You block Ada Lovelace.").waitFor();
    await expect.poll(() => mara.field.count()).toBe(0);
    await mara.isAccessible();
    await mara.shot("direct-blocked");
    await ada.say("Do you hear me?");
    await ada.text("Mara Okafor cannot be written to any more.").waitFor();
    await ada.button("Delete").waitFor();
    await ada.isAccessible();
    await ada.shot("direct-gone");
    await mara.button("Blocked").click();
    const blocked = mara.page.getByRole("dialog", { name: "People you block" });
    await blocked.getByRole("listitem").filter({ hasText: "Ada Lovelace" }).waitFor();
    await mara.isAccessible();
    await mara.shot("direct-blocked-list");
    await blocked.getByRole("button", { name: "Unblock Ada Lovelace" }).click();
    await blocked.getByText("You block nobody.").waitFor();
    await mara.page.keyboard.press("Escape");
    await isWith(mara, "Ada Lovelace");
    await presence(mara, "Online").waitFor();
    await ada.button("Try again").click();
    await isWith(ada, "Mara Okafor");
    await ada.button("Retry").click();
    await readsOnce(mara, "Do you hear me?");
    await lastIs(ada, "read");
  });
});

describe("a reload", () => {
  const parlour = useParlour({ PARLOUR_CONVERSATIONS_GRACE_MS: "60000" });

  it("is told nobody, however long it takes within the grace", async () => {
    const [ada, mara] = await acquainted(parlour);
    await ada.page.evaluate(() => {
      const seen: string[] = [];
      const header = document.querySelector("main h1")?.parentElement;
      if (!(header instanceof HTMLElement)) throw new Error("no header");
      new MutationObserver(() => seen.push(header.innerText)).observe(header, { subtree: true, childList: true, characterData: true });
      Object.assign(window, { seen });
    });
    await mara.page.reload();
    await isWith(mara, "Ada Lovelace");
    await mara.say("Back already");
    await readsOnce(ada, "Back already");
    expect(await ada.page.evaluate(() => (window as unknown as { seen: string[] }).seen)).toEqual([]);
  });
});

describe("one without an account", () => {
  const parlour = useParlour();

  it("is told how to come by one, and is asked for no more than that", async () => {
    const ada = await parlour.open("Ada");
    await directLink(ada).click();
    await ada.heading("Direct messages are for people with an account.").waitFor();
    await ada.isAccessible();
    await ada.shot("direct-stranger");
    await ada.goTo("/guest");
    await ada.input("Name").fill("ada");
    await ada.button("Continue").click();
    await ada.accountButton("ada").waitFor();
    await directLink(ada).click();
    await ada.heading("Direct messages are for people with an account.").waitFor();
    await ada.text(/You are here as a guest/u).waitFor();
    await ada.link("Create an account").click();
    await ada.input("Name").fill("ada-with-account");
    await ada.input("Password").fill("correct horse battery");
    await ada.button("Create account").click();
    await ada.page.getByRole("heading", { name: "Direct", exact: true }).waitFor();
    ada.expectRefusal(404);
    await ada.goTo("/direct/conv_2_999");
    await heading(ada, "There is no such conversation.").waitFor();
    await ada.isAccessible();
    await ada.shot("direct-unknown");
  });
});

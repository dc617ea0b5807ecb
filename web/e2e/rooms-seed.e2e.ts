import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { readsOnce } from "./messages.ts";
import { useParlour } from "./parlour.ts";
import type { Person } from "./person.ts";
import { comeIn, makeRoom } from "./rooms.ts";

const parlour = useParlour();
const CLIENT = resolve(import.meta.dirname, "../../node_modules/socket.io-client/dist/socket.io.min.js");

/** What the small page of the spec has put into the window. */
interface SeedWindow extends Window {
  seed: {
    readonly heard: { readonly content: string }[];
    readonly say: (content: string) => Promise<number>;
    readonly leaveAndReturn: (content: string) => Promise<number>;
  };
}

/**
 * A page of the server's own origin that only loads the official client and talks as the rooms'
 * first client does: `io()` without options, each message by `fetch`, and then the same by `emit`.
 */
async function seedPage(person: Person, roomId: string, userId: string): Promise<Person> {
  const tab = await parlour.tab(person);
  // Any page of the origin will do that has no script of its own; nor has it an icon.
  await tab.page.route("**/favicon.ico", (route) => route.fulfill({ body: "" }));
  await tab.goTo("/healthz");
  const client = await readFile(CLIENT, "utf8");
  await tab.page.addScriptTag({ content: client.replace(/\/\/# sourceMappingURL=.*/u, "") });
  await tab.page.evaluate(seedClient, { roomId, userId });
  return tab;
}

/** Runs in the page. */
async function seedClient({ roomId, userId }: { roomId: string; userId: string }): Promise<void> {
  interface Socket {
    on: (event: string, listener: (said: never) => void) => void;
    once: (event: string, listener: () => void) => void;
    emit: (event: string, said: object, answer?: (answer: { success: boolean }) => void) => void;
    connect: () => void;
    disconnect: () => void;
  }
  const { io } = window as unknown as { io: () => Socket };
  const socket = io();
  const heard: { content: string }[] = [];
  socket.on("receive_message", (message: { content: string }) => heard.push(message));
  const joined = (): Promise<void> =>
    new Promise((resolve, reject) =>
      socket.emit("join_room", { roomId }, ({ success }) => (success ? resolve() : reject(new Error("not joined")))),
    );
  await new Promise<void>((resolve) => socket.once("connect", resolve));
  await joined();
  const post = async (content: string): Promise<number> => {
    const headers = { "Content-Type": "application/json" };
    const response = await fetch(`/api/chat/rooms/${roomId}/messages`, { method: "POST", headers, body: JSON.stringify({ content }) });
    return response.status;
  };
  const emit = (content: string): Promise<void> =>
    new Promise((resolve) =>
      socket.emit("send_message", { roomId, userId, senderName: "Somebody", content, timestamp: new Date() }, () => resolve()),
    );
  (window as unknown as SeedWindow).seed = {
    heard,
    say: async (content) => {
      const status = await post(content);
      await emit(content);
      return status;
    },
    leaveAndReturn: async (content) => {
      socket.disconnect();
      const status = await post(content);
      const back = new Promise<void>((resolve) => socket.once("connect", resolve));
      socket.connect();
      await back;
      await joined();
      await emit(content);
      return status;
    },
  };
}

describe("the rooms' first client, in a page of the same origin after login", () => {
  it("posts by fetch and emits the same, and everyone sees each message once", async () => {
    const ada = await parlour.open("Ada", { bypassCSP: true });
    await comeIn(ada, "ada");
    await makeRoom(ada, "Tea");
    const roomId = decodeURIComponent(new URL(ada.page.url()).pathname.split("/").at(-1) ?? "");
    const userId = await ada.page.evaluate(async () => {
      const { user } = (await (await fetch("/api/auth/me")).json()) as { user: { id: string } };
      return user.id;
    });
    const seed = await seedPage(ada, roomId, userId);
    const say = (content: string): Promise<number> =>
      seed.page.evaluate((text) => (window as unknown as SeedWindow).seed.say(text), content);
    expect(await say("Hello from the first client")).toBe(200);
    expect(await say("The same twice")).toBe(200);
    expect(await say("The same twice")).toBe(200);
    await readsOnce(ada, "Hello from the first client");
    await ada.say("And an answer");
    await seed.page.waitForFunction(() =>
      (window as unknown as SeedWindow).seed.heard.some(({ content }) => content === "And an answer"),
    );
    const heard = await seed.page.evaluate(() => (window as unknown as SeedWindow).seed.heard.map(({ content }) => content));
    expect(heard).toEqual(["Hello from the first client", "The same twice", "The same twice", "And an answer"]);

    const returned = seed.page.evaluate(() => (window as unknown as SeedWindow).seed.leaveAndReturn("Posted while away"));
    expect(await returned).toBe(200);
    await ada.say("The end");
    await readsOnce(ada, "The end");
    await readsOnce(ada, "Posted while away");
    const shown = await ada.page.getByRole("log").getByText(/^(Hello|The same|And|Posted|The end)/u).allTextContents();
    expect(shown).toEqual([
      "Hello from the first client",
      "The same twice",
      "The same twice",
      "And an answer",
      "Posted while away",
      "The end",
    ]);
  });
});

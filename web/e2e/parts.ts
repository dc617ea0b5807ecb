import type { FeedState } from "@parlour/sdk/feed-state";
import type { InboxState } from "@parlour/sdk/inbox";
import type { Placed } from "@parlour/sdk/message-log";
import type { RoutePath } from "../src/app/routes.ts";
import type { BlocksState } from "../src/model/blocks.ts";
import { standBetween, type Answer, type Rule } from "./answers.ts";
import { api } from "./api.ts";
import { comeIntoChannels } from "./channels.ts";
import type { Parlour } from "./parlour.ts";
import type { Person } from "./person.ts";

type AreaOf<Path> = Path extends `/${infer Name}/:${string}Id` ? Name : never;
type GroupAreaOf<Path> = Path extends `/${infer Name}/:groupId` ? Name : never;
/** Where something can be opened, and where that has members: as the addresses have it. */
export type Area = AreaOf<RoutePath>;
export type GroupArea = GroupAreaOf<RoutePath>;

/** What those say who know what is to be drawn. */
interface Phases {
  readonly list: InboxState<never>["phase"];
  readonly timeline: FeedState<Placed, never>["phase"]["kind"];
  readonly blocked: BlocksState["phase"];
}

/** What a part of the page can be instead of full. */
export type Condition = Exclude<Phases[keyof Phases], "ready"> | "empty";

/** What waits for an answer of its own. */
export type Part = `${Area} ${"list" | "search" | "timeline"}` | `${GroupArea} people` | "channels invitation" | "direct blocked";

/** Where no conversation is to be seen, or none to be taken part in. */
export type Spot =
  | `${Area} ${"opening" | "unknown" | "unheard"}`
  | `${GroupArea} ${"to join" | "to join later" | "not joined"}`
  | `${Area} nobody yet`
  | `settings blocked ${Condition}`
  | "direct late"
  | "channels left";

export interface Scene {
  readonly ada: Person;
  readonly answer: (rules: readonly Rule[]) => void;
  /** The addresses of what is open in each area; `openChannel` is public. */
  readonly paths: Readonly<Record<Area | "openChannel", string>>;
}

/** Somebody with an account, who is in something of each kind. */
export async function makeScene(parlour: Parlour): Promise<Scene> {
  const ada = await parlour.open("Ada", { reducedMotion: "reduce", hasClock: false });
  await comeIntoChannels(ada, "ada", "Ada Lovelace");
  const { room } = await api<{ room: { _id: string } }>(ada, "POST", "/chat/rooms", { name: "Tea" });
  const [secret, open] = await Promise.all(
    ["private", "public"].map((visibility) => api<{ channel: { _id: string } }>(ada, "POST", "/channels", { name: `A ${visibility} one`, visibility })),
  );
  const other = await register(ada);
  const { conversationId } = await api<{ conversationId: string }>(ada, "POST", "/messages/conversations", { userId: other });
  const paths = {
    rooms: `/rooms/${room._id}`,
    direct: `/direct/${conversationId}`,
    channels: `/channels/${secret?.channel._id}`,
    openChannel: `/channels/${open?.channel._id}`,
  };
  ada.expectRefusal(404);
  return { ada, answer: await standBetween(ada), paths };
}

/** Makes an account of which the browser keeps nothing: its id. */
function register({ page }: Person): Promise<string> {
  return page.evaluate(async () => {
    const body = JSON.stringify({ username: "mara", password: "correct horse battery" });
    const headers = { "Content-Type": "application/json" };
    const response = await fetch("/api/auth/register", { method: "POST", headers, body, credentials: "omit" });
    return ((await response.json()) as { user: { id: string } }).user.id;
  });
}

interface PartVisit {
  /** What it asks for. */
  readonly asked: RegExp;
  /** How to come there, from what is open in the area, or from the area's own page. */
  readonly from: "area" | "open";
  readonly show?: (ada: Person) => Promise<void>;
  /** What it says in each condition, or shows. */
  readonly words: Readonly<Record<Condition, string>>;
}

const ROOM_LIST = /socket sync|GET \/api\/chat\/rooms\?/u;
const CHANNEL_LIST = /socket sync|GET \/api\/channels\?/u;
const DIRECT_LIST = /socket sync|GET \/api\/messages\/conversations\?/u;
const PEOPLE = /GET \/api\/users\?/u;
const NOBODY = "Nobody is called “zz”.";

const TIMELINE = { loading: "The messages are on their way.", failed: "The messages could not be loaded." };
const MEMBERS = { loading: "One moment…", failed: "The members could not be listed.", empty: "Members" };
const FOUND = { loading: "People are being looked for.", failed: "Nobody can be looked for just now.", empty: NOBODY };

function listWords(many: string, empty: string): Record<Condition, string> {
  return { loading: `The ${many} are on their way.`, failed: `The ${many} cannot be listed.`, empty };
}

const search = (label: string) => (ada: Person) => ada.page.getByRole("searchbox", { name: label }).fill("zz");

async function showPeople(ada: Person): Promise<void> {
  await ada.page.getByRole("button", { name: /^People/u }).click();
}

/** How to come to each part, in the order of the visit: the later ones from those before. */
export const PART_VISITS: Readonly<Record<Part, PartVisit>> = {
  "rooms list": { asked: ROOM_LIST, from: "area", words: listWords("rooms", "There is no room yet.") },
  "rooms search": { asked: ROOM_LIST, from: "area", show: search("Search rooms"), words: listWords("rooms", "No room is called “zz”.") },
  "rooms timeline": { asked: /GET .*\/messages\?/u, from: "open", words: { ...TIMELINE, empty: "It is quiet in here." } },
  "rooms people": { asked: /GET .*\/members\?/u, from: "open", show: showPeople, words: MEMBERS },
  "direct list": {
    asked: DIRECT_LIST,
    from: "area",
    words: {
      loading: "Your conversations are on their way.",
      failed: "Your conversations cannot be listed.",
      empty: "You have no conversation yet.",
    },
  },
  "direct search": { asked: PEOPLE, from: "area", show: search("Find people"), words: FOUND },
  "direct blocked": {
    asked: /GET \/api\/users\/blocked/u,
    from: "area",
    show: (ada) => ada.button("Blocked").click(),
    words: { loading: "One moment…", failed: "There is no connection to the server.", empty: "You block nobody." },
  },
  "direct timeline": { asked: /GET \/api\/messages\/conversations\//u, from: "open", words: { ...TIMELINE, empty: "Say hello." } },
  "channels list": { asked: CHANNEL_LIST, from: "area", words: listWords("channels", "There is no channel yet.") },
  "channels search": { asked: CHANNEL_LIST, from: "area", show: search("Search channels"), words: listWords("channels", "No channel is called “zz”.") },
  "channels timeline": { asked: /GET .*\/messages\?/u, from: "open", words: { ...TIMELINE, empty: "It is quiet in here." } },
  "channels people": { asked: /GET .*\/members\?/u, from: "open", show: showPeople, words: MEMBERS },
  "channels invitation": {
    asked: PEOPLE,
    from: "open",
    show: async (ada) => {
      await ada.button("Invite").click();
      await search("Search people to invite")(ada);
    },
    words: FOUND,
  },
};

/** Each list that there is, with nothing in it. */
const NOTHING = { rooms: [], channels: [], conversations: [], messages: [], members: [], users: [], nextCursor: null };
const ANSWERS: Readonly<Record<Condition, Answer>> = { loading: "held", failed: "refused", empty: NOTHING };

export const CONDITIONS = Object.keys(ANSWERS) as Condition[];

/** Visits all parts of a page of an area in one condition: tells `look` of each while it is in sight. */
export async function visitParts(scene: Scene, where: PageOf, condition: Condition, look: (part: Part) => Promise<void>): Promise<void> {
  const { ada, answer, paths } = scene;
  const all = Object.entries(PART_VISITS) as [Part, PartVisit][];
  const parts = all.filter(([part, { from }]) => part.startsWith(`${where.area} `) && from === where.from);
  answer(parts.map(([, { asked }]) => ({ asked, answer: ANSWERS[condition] })));
  await ada.goTo(where.from === "open" ? paths[where.area] : `/${where.area}`);
  for (const [part, { show, words }] of parts) {
    await show?.(ada);
    await ada.page.getByText(words[condition]).first().waitFor();
    await look(part);
  }
}

/** A page of an area: its own, or that of what is open there. */
export interface PageOf {
  readonly area: Area;
  readonly from: PartVisit["from"];
}

/** Goes to `path` with these questions answered so, and waits for the words. */
async function at({ ada, answer }: Scene, path: string, words: string, ...rules: Rule[]): Promise<void> {
  answer(rules);
  await ada.goTo(path);
  await ada.page.getByText(words).first().waitFor();
}

/** Of each list, a page over HTTP says too what is one's own. */
const HELD_LISTS: Rule = { asked: /socket sync|GET \/api\/(?:chat\/rooms|channels|messages\/conversations)\?/u, answer: "held" };
const unheard = (event: string): Rule => ({ asked: new RegExp(`^socket ${event}$`, "u"), answer: "refused" });
const DEAF = "You do not hear what is new here.";
const LOOKING_IN = "You are looking in.";

async function leave({ ada }: Scene, path: string): Promise<void> {
  await api(ada, "DELETE", `${path}/leave`);
}

async function later({ ada }: Scene): Promise<void> {
  await ada.page.context().setOffline(true);
  await ada.page.getByText("You are offline").first().waitFor();
}

/** While it is not known who one is. */
function unidentified(scene: Scene, area: Area): Promise<void> {
  return at(scene, `/${area}`, "The server is asked who you are.", { asked: /GET \/api\/auth\/me/u, answer: "held" });
}

function blockedSettings(scene: Scene, condition: Condition): Promise<void> {
  const { asked, words } = PART_VISITS["direct blocked"];
  return at(scene, "/settings/blocked", words[condition], { asked, answer: ANSWERS[condition] });
}

/** How to come to each spot, in the order of the visit. */
export const SPOT_VISITS: Readonly<Record<Spot, (scene: Scene) => Promise<void>>> = {
  "rooms nobody yet": (scene) => unidentified(scene, "rooms"),
  "direct nobody yet": (scene) => unidentified(scene, "direct"),
  "channels nobody yet": (scene) => unidentified(scene, "channels"),
  "settings blocked loading": (scene) => blockedSettings(scene, "loading"),
  "settings blocked failed": (scene) => blockedSettings(scene, "failed"),
  "settings blocked empty": (scene) => blockedSettings(scene, "empty"),
  "rooms opening": (scene) => at(scene, scene.paths.rooms, "Opening the room…", HELD_LISTS),
  "direct opening": (scene) => at(scene, scene.paths.direct, "Opening the conversation…", HELD_LISTS),
  "channels opening": (scene) => at(scene, scene.paths.channels, "Opening the channel…", HELD_LISTS),
  "direct late": (scene) =>
    at(
      scene,
      scene.paths.direct,
      "It takes longer than it should",
      { asked: /socket sync/u, answer: NOTHING },
      { asked: /GET \/api\/messages\/conversations/u, answer: "refused" },
    ),
  "rooms unknown": (scene) => at(scene, "/rooms/none", "There is no such room."),
  "direct unknown": (scene) => at(scene, "/direct/none", "There is no such conversation."),
  "channels unknown": (scene) => at(scene, "/channels/none", "There is no such channel."),
  "direct unheard": (scene) => at(scene, scene.paths.direct, DEAF, unheard("join_conversation")),
  "channels left": async (scene) => {
    await at(scene, scene.paths.channels, "It is quiet in here.");
    await leave(scene, scene.paths.channels);
    await scene.ada.text(/^You are not in .* any more\.$/u).waitFor();
  },
  "rooms unheard": (scene) => at(scene, scene.paths.rooms, DEAF, unheard("join_room")),
  // Left elsewhere while one was shut out.
  "rooms not joined": async (scene) => {
    await leave(scene, `/chat${scene.paths.rooms}`);
    await scene.ada.text("You are not in.").waitFor();
  },
  "rooms to join": (scene) => at(scene, scene.paths.rooms, LOOKING_IN),
  "channels unheard": (scene) => at(scene, scene.paths.openChannel, DEAF, unheard("joinChannel")),
  "channels not joined": async (scene) => {
    await leave(scene, scene.paths.openChannel);
    await scene.ada.text("You are not in.").waitFor();
  },
  "channels to join": (scene) => at(scene, scene.paths.openChannel, LOOKING_IN),
  "channels to join later": later,
  "rooms to join later": async (scene) => {
    await scene.ada.page.context().setOffline(false);
    await at(scene, scene.paths.rooms, LOOKING_IN);
    await later(scene);
  },
};

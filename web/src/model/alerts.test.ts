import { beforeEach, describe, expect, it } from "vitest";
import { Alerts, type AlertPorts, type News } from "./alerts.ts";
import { DEFAULTS, type Preferences } from "./preferences.ts";

interface Told {
  readonly title: string;
  readonly body: string;
  readonly tag: string;
  readonly press: () => void;
  closed: boolean;
}

let told: Told[] = [];
let played: number[] = [];
let preferences: Preferences = DEFAULTS;
let inSight: string | null = null;
let now = 0;
let asked: string[] = [];
/** The first to claim has it. */
let claimed = new Set<string>();

function alerts(): Alerts {
  const ports: AlertPorts = {
    preferences: () => preferences,
    isInSight: (path) => path === inSight,
    claim: (id) => {
      asked.push(id);
      const isFirst = !claimed.has(id);
      claimed.add(id);
      return Promise.resolve(isFirst);
    },
    show: (title, { body, tag }, press) => {
      const one: Told = { title, body, tag, press, closed: false };
      told.push(one);
      return { close: () => void (one.closed = true) };
    },
    play: () => played.push(now),
    now: () => now,
  };
  return new Alerts(ports);
}

function news(id: string, more: Partial<News> = {}): News {
  return { id, path: "/rooms/tea", place: "Tea", author: "Mara", text: `Text of ${id}`, ...more };
}

beforeEach(() => {
  [told, played, asked, claimed] = [[], [], [], new Set()];
  preferences = { ...DEFAULTS, notifications: true, sound: true };
  inSight = null;
  now = 0;
});

describe("alerts", () => {
  it("are neither shown nor heard, nor even asked about, unless somebody wants them", async () => {
    preferences = DEFAULTS;
    await alerts().tell(news("a"));
    expect([told, played, asked]).toEqual([[], [], []]);
  });

  it("tell who said what where, and a direct conversation by the name of the other alone", async () => {
    const one = alerts();
    await one.tell(news("a"));
    await one.tell(news("b", { path: "/direct/conv_1_2", place: "", text: "x".repeat(4_000) }));
    expect(told).toMatchObject([
      { title: "Mara · Tea", body: "Text of a", tag: "/rooms/tea" },
      { title: "Mara", body: "x".repeat(200), tag: "/direct/conv_1_2" },
    ]);
  });

  it("tell of one message once, though it comes by two ways", async () => {
    const one = alerts();
    await Promise.all([one.tell(news("a")), one.tell(news("a"))]);
    expect([told.length, played.length]).toEqual([1, 1]);
  });

  it("tell of it in one of several tabs", async () => {
    await Promise.all([alerts(), alerts(), alerts()].map((tab) => tab.tell(news("a"))));
    expect([told.length, played.length]).toEqual([1, 1]);
  });

  it("say nothing where one tab shows it, whichever the others show", async () => {
    inSight = "/rooms/tea";
    const looking = alerts().tell(news("a"));
    inSight = null;
    await Promise.all([looking, alerts().tell(news("a"))]);
    expect([told, played]).toEqual([[], []]);
  });

  it("make one sound a second at the most, and show each", async () => {
    const one = alerts();
    for (const at of [0, 300, 999, 1_000, 1_500, 2_000]) {
      now = at;
      await one.tell(news(`at ${at}`));
    }
    expect(played).toEqual([0, 1_000, 2_000]);
    expect(told.length).toBe(6);
  });

  it("open what was pressed, and go when it is in sight", async () => {
    const one = alerts();
    const opened: string[] = [];
    one.onOpen((path) => opened.push(path));
    await one.tell(news("a"));
    await one.tell(news("b", { path: "/rooms/bread" }));
    told[0]?.press();
    expect(opened).toEqual(["/rooms/tea"]);
    expect(told.map(({ closed }) => closed)).toEqual([true, false]);
    inSight = "/rooms/bread";
    one.look();
    expect(told.map(({ closed }) => closed)).toEqual([true, true]);
  });
});

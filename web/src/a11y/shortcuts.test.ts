import { describe, expect, it } from "vitest";
import { SHORTCUTS, SHORTCUT_PLACES } from "./shortcut-list.ts";
import { Shortcuts, type Pressed } from "./shortcuts.ts";

const CALM = { ctrl: false, alt: false, meta: false, isComposing: false, isWriting: false, hasModal: false };

function pressed(key: string, more: Partial<Pressed> = {}): Pressed {
  return { ...CALM, key, ...more };
}

describe("the list of shortcuts", () => {
  it("has each key once, and something in each place", () => {
    const keys = SHORTCUTS.flatMap(({ press }) => (press === undefined ? [] : [`${press.mod ?? ""} ${press.key.toLowerCase()}`]));
    expect(new Set(keys).size).toBe(keys.length);
    expect(new Set(SHORTCUTS.map(({ id }) => id)).size).toBe(SHORTCUTS.length);
    expect(new Set(SHORTCUTS.map(({ place }) => place))).toEqual(new Set(SHORTCUT_PLACES));
  });
});

describe("shortcuts", () => {
  it.each(SHORTCUTS.filter(({ press }) => press !== undefined))("do what is said: $words", ({ id, press }) => {
    const shortcuts = new Shortcuts(() => true);
    const key = pressed(press?.key ?? "", { alt: press?.mod === "alt", ctrl: press?.mod === "ctrl" });
    expect(shortcuts.press(key)).toBe(false);
    let times = 0;
    const end = shortcuts.on(id, () => (times += 1));
    expect(shortcuts.press(key)).toBe(true);
    end();
    expect(shortcuts.press(key)).toBe(false);
    expect(times).toBe(1);
  });

  it("leave alone what is being written, a question, and an input method", () => {
    const shortcuts = new Shortcuts(() => true);
    let times = 0;
    for (const id of ["next", "nextWriting"] as const) shortcuts.on(id, () => (times += 1));
    expect(shortcuts.press(pressed("j", { isWriting: true }))).toBe(false);
    expect(shortcuts.press(pressed("j", { hasModal: true }))).toBe(false);
    expect(shortcuts.press(pressed("j", { isComposing: true }))).toBe(false);
    expect(shortcuts.press(pressed("j", { ctrl: true }))).toBe(false);
    expect(times).toBe(0);
    expect(shortcuts.press(pressed("ArrowDown", { alt: true, isWriting: true }))).toBe(true);
    expect(shortcuts.press(pressed("J"))).toBe(true);
    expect(times).toBe(2);
  });

  it("can be done without: of letters alone, that is", () => {
    const shortcuts = new Shortcuts(() => false);
    let times = 0;
    for (const id of ["next", "nextWriting"] as const) shortcuts.on(id, () => (times += 1));
    expect(shortcuts.press(pressed("j"))).toBe(false);
    expect(shortcuts.press(pressed("ArrowDown", { alt: true }))).toBe(true);
    expect(times).toBe(1);
  });

  it("are for whoever came last, and for the one before once that has gone", () => {
    const shortcuts = new Shortcuts(() => true);
    const did: string[] = [];
    shortcuts.on("search", () => did.push("first"));
    const end = shortcuts.on("search", () => did.push("second"));
    shortcuts.press(pressed("/"));
    end();
    end();
    shortcuts.press(pressed("/"));
    expect(did).toEqual(["second", "first"]);
  });
});

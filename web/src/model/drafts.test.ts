import type { TextStorage } from "@parlour/sdk/text-storage";
import { expect, it } from "vitest";
import { Drafts, wipeDrafts } from "./drafts.ts";

class Tab implements TextStorage {
  readonly kept = new Map<string, string>();
  isFull = false;

  get length(): number {
    return this.kept.size;
  }

  key = (index: number): string | null => [...this.kept.keys()][index] ?? null;
  getItem = (key: string): string | null => this.kept.get(key) ?? null;
  removeItem = (key: string): unknown => this.kept.delete(key);
  setItem = (key: string, text: string): void => {
    if (this.isFull) throw new Error("QuotaExceededError");
    this.kept.set(key, text);
  };
}

it("outlive a reload, each account's and each kind's own", () => {
  const tab = new Tab();
  new Drafts(tab, "ada", "rooms").keep("tea", "Half a");
  new Drafts(tab, "ada", "rooms").keep("coffee", "gone");
  new Drafts(tab, "ada", "rooms").keep("coffee", "");
  new Drafts(tab, "ada.rooms", "x").keep("tea", "another's");
  const again = new Drafts(tab, "ada", "rooms");
  expect([again.get("tea"), again.get("coffee")]).toEqual(["Half a", ""]);
  expect([new Drafts(tab, "ada", "direct").get("tea"), new Drafts(tab, "mara", "rooms").get("tea")]).toEqual(["", ""]);
});

it("are forgotten with a sign-out, or when somebody else signs in", () => {
  const tab = new Tab();
  tab.setItem("parlour.alias", "Ada");
  new Drafts(tab, "ada", "rooms").keep("tea", "Ada's");
  new Drafts(tab, "mara", "rooms").keep("tea", "Mara's");
  wipeDrafts(tab, "mara");
  expect([new Drafts(tab, "ada", "rooms").get("tea"), new Drafts(tab, "mara", "rooms").get("tea")]).toEqual(["", "Mara's"]);
  wipeDrafts(tab, null);
  expect([...tab.kept.keys()]).toEqual(["parlour.alias"]);
});

it("are 50 of each kind: the one that was touched longest ago goes", () => {
  const tab = new Tab();
  const drafts = new Drafts(tab, "ada", "rooms");
  for (let at = 0; at < 50; at += 1) drafts.keep(`r${at}`, "Hi");
  drafts.keep("r0", "Hi!");
  drafts.keep("r50", "Hi");
  expect([drafts.get("r0"), drafts.get("r1"), drafts.get("r50")]).toEqual(["Hi!", "", "Hi"]);
  expect(tab.length).toBe(50);
});

it("that are longer than any message, or find no room, last as long as the page", () => {
  const tab = new Tab();
  const drafts = new Drafts(tab, "ada", "rooms");
  drafts.keep("tea", "short");
  drafts.keep("tea", "x".repeat(8_001));
  expect([drafts.get("tea").length, new Drafts(tab, "ada", "rooms").get("tea")]).toEqual([8_001, ""]);
  drafts.keep("coffee", "older");
  tab.isFull = true;
  drafts.keep("coffee", "newer");
  expect([drafts.get("coffee"), new Drafts(tab, "ada", "rooms").get("coffee")]).toEqual(["newer", ""]);
});

it("last as long as the page where the storage is forbidden or broken", () => {
  const fail = (): never => {
    throw new Error("NS_ERROR_FILE_CORRUPTED");
  };
  for (const storage of [null, { getItem: fail, setItem: fail, removeItem: fail, key: () => "parlour.draft.ada.rooms.tea", length: 1 }]) {
    const drafts = new Drafts(storage, "ada", "rooms");
    expect(drafts.get("tea")).toBe("");
    drafts.keep("tea", "Half a");
    expect(drafts.get("tea")).toBe("Half a");
    if (storage !== null) expect(() => wipeDrafts(storage, null)).not.toThrow();
  }
});

import { expect, it } from "vitest";
import { recallAlias, rememberAlias } from "./alias.ts";

it("asks for the name again where the browser's storage fails", () => {
  const fail = (): never => {
    throw new Error("NS_ERROR_FILE_CORRUPTED");
  };
  const broken = { getItem: fail, setItem: fail };
  expect(recallAlias(broken)).toBe("");
  expect(() => rememberAlias(broken, "Ada")).not.toThrow();
});

it("remembers the name in the tab", () => {
  const kept = new Map<string, string>();
  const storage = { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, name: string) => void kept.set(key, name) };
  rememberAlias(storage, "Ada");
  expect(recallAlias(storage)).toBe("Ada");
  expect(recallAlias(null)).toBe("");
});

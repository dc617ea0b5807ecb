import { expect, it } from "vitest";
import { toneOf } from "./tone.ts";

it("gives a name one tone, and many names all of them", () => {
  expect(toneOf("Ada")).toBe(toneOf("Ada"));
  const names = Array.from({ length: 200 }, (_, at) => `Somebody ${at}`);
  expect(new Set(names.map(toneOf)).size).toBe(6);
  expect(toneOf("")).toBeDefined();
});

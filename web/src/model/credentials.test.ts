import { describe, expect, it } from "vitest";
import { checkDisplayName, checkNewPassword, checkPassword, checkUsername } from "./credentials.ts";

const LONG = /too long/u;
const UNSEEN = /cannot be seen/u;

describe("names", () => {
  it.each(["Ann", "  Ann Lee\t", "李", "مها", "é".repeat(32), "🙂".repeat(32), "I ❤\ufe0f Rust", "1\ufe0f\u20e3"])(
    "takes %j, as the server does",
    (name) => {
      expect(checkUsername(name)).toBeNull();
    },
  );

  it.each([
    ["", /Enter/u],
    [" \n\u3000", /Enter/u],
    ["é".repeat(33), LONG],
    ["a\u202eb", UNSEEN],
    ["a\u200bb", UNSEEN],
    ["\u3164", UNSEEN],
    ["a\u0000b", UNSEEN],
    ["a \ufe0fb", UNSEEN],
    ["❤\ufe0f\ufe0f", UNSEEN],
  ])("says what is wrong with %j", (name, words) => {
    expect(checkUsername(name)).toMatch(words);
  });

  it("lets a display name be empty, and longer", () => {
    expect(checkDisplayName("  ")).toBeNull();
    expect(checkDisplayName("é".repeat(64))).toBeNull();
    expect(checkDisplayName("é".repeat(65))).toMatch(LONG);
    expect(checkDisplayName("a\u2066b")).toMatch(UNSEEN);
  });
});

describe("passwords", () => {
  it.each([
    ["", /Choose/u],
    ["seven77", /too short/u],
    ["🙂".repeat(7), /too short/u],
    ["x".repeat(129), LONG],
  ])("refuses %j as a new one", (password, words) => {
    expect(checkNewPassword(password)).toMatch(words);
  });

  it.each(["eight888", "🙂".repeat(8), " spaces ", "x".repeat(128)])("takes %j as it is", (password) => {
    expect(checkNewPassword(password)).toBeNull();
  });

  it("does not judge one that exists already", () => {
    expect(checkPassword("old")).toBeNull();
    expect(checkPassword("")).toMatch(/Enter/u);
  });
});

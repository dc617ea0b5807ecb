import listed from "../../../crates/chat/src/names.json" with { type: "json" };
import { describe, expect, it } from "vitest";
import { checkDisplayName, checkNewPassword, checkPassword, checkUsername } from "./credentials.ts";

const LONG = /too long/u;
const UNSEEN = /cannot be seen/u;

describe("names", () => {
  // The server's own tests read the same list.
  it.each(["  Ann Lee\t", "é".repeat(32), "🙂".repeat(32), ...listed.taken])(
    "takes %j, as the server does",
    (name) => {
      expect(checkUsername(name)).toBeNull();
    },
  );

  it.each([
    ["", /Enter/u],
    [" \n\u3000", /Enter/u],
    ["é".repeat(33), LONG],
    ["\u3164", UNSEEN],
    ...listed.unseen.map((name) => [name, UNSEEN] as const),
  ] as const)("says what is wrong with %j", (name, words) => {
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

import { describe, expect, it } from "vitest";
import { findLinks } from "./link.ts";

const links = (text: string) =>
  findLinks(text).flatMap((piece) => (piece.kind === "link" ? [[piece.text, piece.href]] : []));

describe("findLinks", () => {
  it.each([
    ["see https://example.org/a?b=c#d now", [["https://example.org/a?b=c#d", "https://example.org/a?b=c#d"]]],
    ["(https://example.org/x_(y))", [["https://example.org/x_(y)", "https://example.org/x_(y)"]]],
    ["www.example.org.", [["www.example.org", "https://www.example.org/"]]],
    ["http://a.b, http://c.d!", [["http://a.b", "http://a.b/"], ["http://c.d", "http://c.d/"]]],
    ["<a href=\"https://e.org\">", [["https://e.org", "https://e.org/"]]],
    ["javascript:alert(1) data:text/html,x", []],
    ["https:// http://", []],
    ["nothing here", []],
    ["", []],
  ])("in %j", (text, expected) => {
    expect(links(text)).toEqual(expected);
  });

  it.each(["a https://b.c/d. e", "<img src=x onerror=alert(1)>", "www.a.b)(www.c.d", "\n https://x.y \n"])(
    "loses no letter of %j",
    (text) => {
      expect(findLinks(text).map((piece) => piece.text).join("")).toBe(text);
    },
  );
});

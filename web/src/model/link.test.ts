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
    ["https://example.org/\u202egpj.exe", [["https://example.org/", "https://example.org/"]]],
    ["https://example.org/a\u2066b", [["https://example.org/a", "https://example.org/a"]]],
    ["https://exa\u200bmple.org/", []],
    ["https://example.org/a\u200fb \ufeffwww.b.c\u061cd", [["https://example.org/a", "https://example.org/a"], ["www.b.c", "https://www.b.c/"]]],
    ["请看https://example.org/你好。谢谢", [["https://example.org/你好", "https://example.org/%E4%BD%A0%E5%A5%BD"]]],
    ["（https://example.org/你），「www.b.c」", [["https://example.org/你", "https://example.org/%E4%BD%A0"], ["www.b.c", "https://www.b.c/"]]],
    ["nothing here", []],
    ["", []],
  ])("in %j", (text, expected) => {
    expect(links(text)).toEqual(expected);
  });

  it("takes a line of brackets and full stops in its stride", () => {
    const began = performance.now();
    for (const end of [")", ".", "]", "(", "www."]) findLinks(`https://example.org/${end.repeat(100_000)}`);
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  it.each(["https://a.b/\u202ec。d", "a https://b.c/d. e", "<img src=x onerror=alert(1)>", "www.a.b)(www.c.d", "\n https://x.y \n"])(
    "loses no letter of %j",
    (text) => {
      expect(findLinks(text).map((piece) => piece.text).join("")).toBe(text);
    },
  );
});

import { expect, test } from "vitest";
import { picturesFrom } from "./pictures.ts";

test.each([
  ["https://pictures.example/ann.png", true],
  ["https://pictures.example:443/ann.png", true],
  ["https://PICTURES.example/ann.png", true],
  ["https://other.example:8443/ann.png", true],
  ["https://chat.example/ann.png", true],
  ["https://other.example/ann.png", false],
  ["https://pictures.example:8443/ann.png", false],
  ["http://pictures.example/ann.png", false],
  ["https://pictures.example.evil.example/ann.png", false],
  ["https://pictures.example@evil.example/ann.png", false],
  ["data:image/png;base64,AAAA", false],
  ["javascript:alert(1)", false],
  ["/ann.png", false],
  ["", false],
])("%j is shown: %j", (address, expected) => {
  const mayShow = picturesFrom("https://chat.example", "https://pictures.example https://other.example:8443");
  expect(mayShow(address)).toBe(expected);
});

test("without a list there are pictures of the own origin alone", () => {
  const mayShow = picturesFrom("https://chat.example", "");
  expect(mayShow("https://chat.example/ann.png")).toBe(true);
  expect(mayShow("https://pictures.example/ann.png")).toBe(false);
});

test("a page over http shows none of its own", () => {
  expect(picturesFrom("http://127.0.0.1:5000", "")("http://127.0.0.1:5000/ann.png")).toBe(false);
});

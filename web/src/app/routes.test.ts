import { expect, it } from "vitest";
import { decodablePath, isInside, isWorthReturning, routeTitle } from "./routes.ts";

it.each([
  ["/", "", false, false],
  ["/sign-in", "Sign in", false, false],
  ["/rooms", "Rooms", true, false],
  ["/rooms/abc", "Rooms", true, true],
  ["/rooms/", "Rooms", true, false],
  ["/ROOMS", "Rooms", true, false],
  ["/Direct/conv_1_2", "Direct messages", true, true],
  ["/roomsy", "Nothing here", false, false],
  ["/rooms/a/b", "Nothing here", false, false],
  ["/settings/theme", "Settings", true, true],
  ["/direct/conv_1_2", "Direct messages", true, true],
  ["/no/such", "Nothing here", false, false],
])("knows what is at %s", (pathname, title, returning, inside) => {
  expect([routeTitle(pathname), isWorthReturning(pathname), isInside(pathname)]).toEqual([title, returning, inside]);
});

it.each([
  ["/rooms/abc", "/rooms/abc"],
  ["/rooms/%E4%BD%A0", "/rooms/%E4%BD%A0"],
  ["/rooms/%E0%A4%A", "/rooms/%25E0%25A4%25A"],
  ["/rooms/100%", "/rooms/100%25"],
])("takes %s for %s", (pathname, expected) => {
  expect(decodablePath(pathname)).toBe(expected);
  expect(() => decodeURIComponent(decodablePath(pathname))).not.toThrow();
});

import { expect, it } from "vitest";
import { isInside, isWorthReturning, routeTitle } from "./routes.ts";

it.each([
  ["/", "", false, false],
  ["/sign-in", "Sign in", false, false],
  ["/rooms", "Rooms", true, false],
  ["/rooms/abc", "Rooms", true, true],
  ["/rooms/", "Nothing here", false, false],
  ["/rooms/a/b", "Nothing here", false, false],
  ["/settings/theme", "Settings", true, true],
  ["/direct/conv_1_2", "Direct messages", true, true],
  ["/no/such", "Nothing here", false, false],
])("knows what is at %s", (pathname, title, returning, inside) => {
  expect([routeTitle(pathname), isWorthReturning(pathname), isInside(pathname)]).toEqual([title, returning, inside]);
});

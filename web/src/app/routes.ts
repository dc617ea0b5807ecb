import { matchPath } from "react-router";

/**
 * Every address of the page: what is at it, and what the window is called there. What is open in an area
 * is called by its own name once that is known; the first screen has no name.
 */
export const ROUTES = [
  { path: "/", page: "home", title: "" },
  { path: "/sign-in", page: "signIn", title: "Sign in" },
  { path: "/register", page: "register", title: "Create an account" },
  { path: "/guest", page: "guest", title: "Continue as guest" },
  { path: "/settings", page: "settings", title: "Settings" },
  { path: "/settings/:section", page: "settings", title: "Settings" },
  { path: "/rooms", page: "rooms", title: "Rooms" },
  { path: "/rooms/:groupId", page: "rooms", title: "Rooms" },
  { path: "/direct", page: "direct", title: "Direct messages" },
  { path: "/direct/:conversationId", page: "direct", title: "Direct messages" },
  { path: "/channels", page: "channels", title: "Channels" },
  { path: "/channels/:groupId", page: "channels", title: "Channels" },
  { path: "*", page: "nothing", title: "Nothing here" },
] as const;

/** An address, with a name in place of what is different from one to the next. */
export type RoutePath = (typeof ROUTES)[number]["path"];
/** What is at an address. */
export type PageName = (typeof ROUTES)[number]["page"];

/** What the page at `pathname` is called; empty for the first screen. */
export function routeTitle(pathname: string): string {
  return routeOf(pathname).title;
}

/** Whether it is a page that asks for a name, and that one goes on to when one has it. */
export function isWorthReturning(pathname: string): boolean {
  const { page } = routeOf(pathname);
  return page === "settings" || page === "rooms" || page === "direct" || page === "channels";
}

/** Whether something of an area is open: on a phone it has the page to itself, but for the way back. */
export function isInside(pathname: string): boolean {
  return routeOf(pathname).path.includes("/:");
}

/** As the router decides: whatever the case, and with a slash at the end or without. */
function routeOf(pathname: string): (typeof ROUTES)[number] {
  return ROUTES.find(({ path }) => matchPath(path, pathname) !== null) ?? NOTHING;
}

const NOTHING = ROUTES[ROUTES.length - 1] ?? ROUTES[0];

/** The address as one that can be decoded: one that cannot, cut short or made up, is meant letter by letter. */
export function decodablePath(pathname: string): string {
  return decoded(pathname) === null ? pathname.replaceAll("%", "%25") : pathname;
}

// What is decoded has to be returned: a bundler takes a call whose value nobody wants for one without effect.
function decoded(pathname: string): string | null {
  try {
    return decodeURIComponent(pathname);
  } catch {
    return null;
  }
}

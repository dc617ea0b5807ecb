/** The page's routes, and what the window is called there; the first screen has no name of its own. */
const TITLES: Readonly<Record<string, string>> = {
  "/": "",
  "/sign-in": "Sign in",
  "/register": "Create an account",
  "/guest": "Continue as guest",
  "/account": "Your account",
  "/rooms": "Rooms",
  "/direct": "Direct messages",
  "/channels": "Channels",
};

/** What is open in an area is called by its own name once that is known. */
const OPEN: readonly (readonly [place: RegExp, title: string])[] = [
  [/^\/rooms\/[^/]+$/u, "Rooms"],
  [/^\/direct\/[^/]+$/u, "Direct messages"],
  [/^\/channels\/[^/]+$/u, "Channels"],
];

/** What the page at `pathname` is called; empty for the first screen. */
export function routeTitle(pathname: string): string {
  return TITLES[pathname] ?? openIn(pathname) ?? "Nothing here";
}

/** Whether it is a page that asks for a name, and that one goes on to when one has it. */
export function isWorthReturning(pathname: string): boolean {
  return ["/account", "/rooms", "/direct", "/channels"].includes(pathname) || openIn(pathname) !== undefined;
}

/** Whether something of an area is open: on a phone it has the page to itself, but for the way back. */
export function isInside(pathname: string): boolean {
  return openIn(pathname) !== undefined;
}

function openIn(pathname: string): string | undefined {
  return OPEN.find(([place]) => place.test(pathname))?.[1];
}

/** The page's routes, and what the window is called there; the first screen has no name of its own. */
const TITLES: Readonly<Record<string, string>> = {
  "/": "",
  "/sign-in": "Sign in",
  "/register": "Create an account",
  "/guest": "Continue as guest",
  "/account": "Your account",
  "/rooms": "Rooms",
};

const ROOM = /^\/rooms\/[^/]+$/u;

/** What the page at `pathname` is called; empty for the first screen. */
export function routeTitle(pathname: string): string {
  return TITLES[pathname] ?? (ROOM.test(pathname) ? "Rooms" : "Nothing here");
}

/** Whether it is a page that asks for a name, and that one goes on to when one has it. */
export function isWorthReturning(pathname: string): boolean {
  return pathname === "/account" || pathname === "/rooms" || ROOM.test(pathname);
}

/** The page's routes, and what the window is called there; the first screen has no name of its own. */
const TITLES: Readonly<Record<string, string>> = {
  "/": "",
  "/sign-in": "Sign in",
  "/register": "Create an account",
  "/guest": "Continue as guest",
  "/account": "Your account",
};

/** What the page at `pathname` is called; empty for the first screen. */
export function routeTitle(pathname: string): string {
  return TITLES[pathname] ?? "Nothing here";
}

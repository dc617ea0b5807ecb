/** The key under which the tab remembers the name. */
const KEY = "parlour.alias";

/** The longest name that the server takes. */
export const MAX_ALIAS_LENGTH = 32;

/** Where the tab keeps what it remembers: `sessionStorage`, which a browser may forbid. */
export type TabStorage = Pick<Storage, "getItem" | "setItem">;

/** The name that was used last in this tab; empty without one. */
export function recallAlias(storage: TabStorage | null): string {
  try {
    return storage?.getItem(KEY) ?? "";
  } catch {
    // A storage that is broken: the name is asked for again.
    return "";
  }
}

/** Keeps the name for the next visit to the first screen. */
export function rememberAlias(storage: TabStorage | null, alias: string): void {
  try {
    storage?.setItem(KEY, alias);
  } catch {
    // A full or forbidden storage: the name is asked for again.
  }
}

/** What was typed as a name, as it is sent: trimmed; `null` when there is nothing left. */
export function toAlias(typed: string): string | null {
  const alias = typed.trim();
  return alias === "" ? null : alias;
}

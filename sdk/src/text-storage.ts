/** The part of `localStorage` and `sessionStorage` that is used. */
export type TextStorage = Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">;

/**
 * What the keys of one account begin with, among those that begin with `prefix`. An account's id may hold
 * a dot: encoded, none ends where another goes on.
 */
export function ofAccount(prefix: string, account: string): string {
  return `${prefix}${encodeURIComponent(account).replaceAll(".", "%2E")}.`;
}

/** The keys that begin so; none where the storage cannot be read. */
export function keysOf(storage: TextStorage, prefix: string): string[] {
  const keys = orElse([], () => Array.from({ length: storage.length }, (_, index) => storage.key(index)));
  return keys.filter((key) => key !== null).filter((key) => key.startsWith(prefix));
}

/** Keeps a text, in place of the one before; `false`: it could not be kept. */
export function store(storage: TextStorage, key: string, text: string): boolean {
  return orElse(false, () => {
    storage.setItem(key, text);
    return true;
  });
}

/** Forgets what is kept under a key, if the storage lets it. */
export function remove(storage: TextStorage, key: string): void {
  orElse(undefined, () => storage.removeItem(key));
}

/** Forgets what begins with `prefix` of all accounts but `account`; `null`: of all. */
export function wipe(storage: TextStorage, prefix: string, account: string | null): void {
  for (const key of keysOf(storage, prefix)) {
    if (account === null || !key.startsWith(ofAccount(prefix, account))) remove(storage, key);
  }
}

/** What `act` returns, or `otherwise` where it throws: a browser may forbid a storage, lose it, or have no room. */
export function orElse<T>(otherwise: T, act: () => T): T {
  try {
    return act();
  } catch {
    return otherwise;
  }
}

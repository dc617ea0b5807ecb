import type { Network } from "./connection.ts";

/** The part of a browser's globals that is used; other platforms lack some of it. */
export interface Platform {
  readonly navigator?: { readonly onLine?: boolean };
  readonly addEventListener?: (event: "online" | "offline", listener: () => void) => void;
  readonly removeEventListener?: (event: "online" | "offline", listener: () => void) => void;
}

/** What this machine says of its network: a browser knows, elsewhere there always is one. */
export function platformNetwork(platform: Platform = globalThis): Network {
  return {
    isOnline: () => platform.navigator?.onLine ?? true,
    onChange: (listener) => {
      platform.addEventListener?.("online", listener);
      platform.addEventListener?.("offline", listener);
      return () => {
        platform.removeEventListener?.("online", listener);
        platform.removeEventListener?.("offline", listener);
      };
    },
  };
}

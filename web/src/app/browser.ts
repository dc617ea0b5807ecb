import type { Network } from "@parlour/sdk/connection";
import type { Unsubscribe } from "@parlour/sdk/store";
import type { Window } from "../model/attention.ts";
import type { OtherTabs } from "../model/blocks.ts";
import type { Visibility } from "../model/unread.ts";

/** Whether the machine has a network. */
export const browserNetwork: Network = {
  isOnline: () => navigator.onLine,
  onChange: (listener) => {
    window.addEventListener("online", listener);
    window.addEventListener("offline", listener);
    return () => {
      window.removeEventListener("online", listener);
      window.removeEventListener("offline", listener);
    };
  },
};

/** Whether the page can be seen. */
export const pageVisibility: Visibility = {
  isHidden: () => document.hidden,
  onChange: (listener) => {
    document.addEventListener("visibilitychange", listener);
    return () => document.removeEventListener("visibilitychange", listener);
  },
};

/** Whether somebody may be looking. */
export const browserWindow: Window = {
  isVisible: () => !document.hidden,
  hasFocus: () => document.hasFocus(),
  onChange: (listener: () => void) => {
    document.addEventListener("visibilitychange", listener);
    window.addEventListener("focus", listener);
    window.addEventListener("blur", listener);
    return () => {
      document.removeEventListener("visibilitychange", listener);
      window.removeEventListener("focus", listener);
      window.removeEventListener("blur", listener);
    };
  },
};

/** 16 random bytes as hex: `crypto.randomUUID` is missing where the page is not served securely. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A storage that the browser may forbid. */
export function storageOf(open: () => Storage): Storage | null {
  try {
    return open();
  } catch {
    return null;
  }
}

/** Calls `listener` when another tab has changed what is kept. */
export function watchStorage(listener: () => void): Unsubscribe {
  window.addEventListener("storage", listener);
  return () => window.removeEventListener("storage", listener);
}

/** Calls `listener` with each key that another tab has removed from what is kept. */
export function watchRemovals(listener: (key: string) => void): Unsubscribe {
  const changed = ({ storageArea, key, newValue }: StorageEvent): void => {
    if (key !== null && newValue === null && storageArea === storageOf(() => window.localStorage)) listener(key);
  };
  window.addEventListener("storage", changed);
  return () => window.removeEventListener("storage", changed);
}

/** The other tabs of this browser, about one thing; a browser too old for it has one tab. */
export function otherTabs(about: string): OtherTabs {
  if (!("BroadcastChannel" in window)) return { tell: () => undefined, onTold: () => () => undefined };
  const channel = new BroadcastChannel(about);
  return {
    tell: () => channel.postMessage(null),
    onTold: (listener) => {
      const told = (): void => listener();
      channel.addEventListener("message", told);
      return () => channel.removeEventListener("message", told);
    },
  };
}

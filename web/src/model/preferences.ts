import { Store, type Unsubscribe } from "@parlour/sdk/store";

/** Where this device keeps them; `public/theme.js` reads them there before the first paint. */
export const PREFERENCES_KEY = "parlour.preferences";

export const THEMES = ["system", "light", "dark", "contrast"] as const;
export type Theme = (typeof THEMES)[number];

/** How somebody wants the page to be on this device. */
export interface Preferences {
  readonly theme: Theme;
  /** Whether new messages are shown outside of the page. */
  readonly notifications: boolean;
  /** Whether they are heard. */
  readonly sound: boolean;
  /** Whether a letter alone does something while nothing is being written. */
  readonly shortcuts: boolean;
}

/** Nothing is heard or shown outside of the page unless somebody asked for it. */
export const DEFAULTS: Preferences = { theme: "system", notifications: false, sound: false, shortcuts: true };

/** The part of `localStorage` that is used. */
export type PreferenceStorage = Pick<Storage, "getItem" | "setItem">;

/** What this device was told, kept beyond the visit where the browser allows it; all tabs have the same. */
export class PreferenceKeeper extends Store<Preferences> {
  readonly #storage: PreferenceStorage | null;

  /** `watch` calls its listener when another tab has changed the storage. */
  constructor(storage: PreferenceStorage | null, watch: (listener: () => void) => Unsubscribe) {
    super(read(storage));
    this.#storage = storage;
    watch(() => {
      const next = read(storage);
      if (JSON.stringify(next) !== JSON.stringify(this.snapshot())) this.set(next);
    });
  }

  change(change: Partial<Preferences>): void {
    const next = { ...this.snapshot(), ...change };
    try {
      this.#storage?.setItem(PREFERENCES_KEY, JSON.stringify(next));
    } catch {
      // A full storage: it is so until the page is closed.
    }
    this.set(next);
  }
}

function read(storage: PreferenceStorage | null): Preferences {
  try {
    const kept: unknown = JSON.parse(storage?.getItem(PREFERENCES_KEY) ?? "null");
    return typeof kept === "object" && kept !== null ? sound({ ...kept }) : DEFAULTS;
  } catch {
    return DEFAULTS;
  }
}

/** What can be made of what was kept, by another version perhaps. */
function sound(kept: Readonly<Record<string, unknown>>): Preferences {
  const is = (name: "notifications" | "sound" | "shortcuts"): boolean => {
    const value = kept[name];
    return typeof value === "boolean" ? value : DEFAULTS[name];
  };
  return {
    theme: THEMES.find((theme) => theme === kept.theme) ?? DEFAULTS.theme,
    notifications: is("notifications"),
    sound: is("sound"),
    shortcuts: is("shortcuts"),
  };
}

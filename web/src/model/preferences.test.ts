import { readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { DEFAULTS, PREFERENCES_KEY, PreferenceKeeper, THEMES } from "./preferences.ts";

const NOBODY = (): (() => void) => () => undefined;

function storage(kept: string | null): { getItem: (key: string) => string | null; setItem: (key: string, text: string) => void } {
  const items = new Map(kept === null ? [] : [[PREFERENCES_KEY, kept]]);
  return { getItem: (key) => items.get(key) ?? null, setItem: (key, text) => void items.set(key, text) };
}

describe("preferences", () => {
  it("are silent by default, and kept", () => {
    const place = storage(null);
    const first = new PreferenceKeeper(place, NOBODY);
    expect(first.snapshot()).toEqual({ theme: "system", notifications: false, sound: false, shortcuts: true });
    first.change({ theme: "dark", sound: true });
    expect(new PreferenceKeeper(place, NOBODY).snapshot()).toEqual({ ...DEFAULTS, theme: "dark", sound: true });
  });

  it.each(["", "{", "null", "[]", '"dark"', '{"theme":"pink","sound":"yes","shortcuts":0}'])(
    "are as ever where %j was kept",
    (kept) => expect(new PreferenceKeeper(storage(kept), NOBODY).snapshot()).toEqual(DEFAULTS),
  );

  it("are the same in every tab, and for the visit alone where nothing can be kept", () => {
    const place = storage(null);
    let tell = (): void => undefined;
    const one = new PreferenceKeeper(place, (listener) => {
      tell = listener;
      return () => undefined;
    });
    new PreferenceKeeper(place, NOBODY).change({ theme: "light" });
    tell();
    expect(one.snapshot().theme).toBe("light");
    const none = new PreferenceKeeper(null, NOBODY);
    none.change({ theme: "contrast" });
    expect(none.snapshot().theme).toBe("contrast");
  });

  it.each(THEMES)("are applied before the first paint: %s", (theme) => {
    const place = storage(null);
    new PreferenceKeeper(place, NOBODY).change({ theme });
    expect(early(place)).toBe(theme === "system" ? undefined : theme);
  });

  it.each(["{", "null", '{"theme":"pink"}'])("leave the first paint alone where %j was kept", (kept) => {
    expect(early(storage(kept))).toBeUndefined();
  });
});

/** What `public/theme.js` makes of what is kept. */
function early(localStorage: object): string | undefined {
  const dataset: { theme?: string } = {};
  const script = readFileSync(new URL("../../public/theme.js", import.meta.url), "utf8");
  runInNewContext(script, { localStorage, document: { documentElement: { dataset } } });
  return dataset.theme;
}

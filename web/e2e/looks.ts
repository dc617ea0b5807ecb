import { devices } from "playwright-core";

/** How people have their browsers. */
export const PHONE = { ...devices["iPhone 13"], viewport: { width: 390, height: 844 }, defaultBrowserType: undefined };
export const NARROW = { viewport: { width: 320, height: 568 } };
export const LIGHT = { colorScheme: "light", reducedMotion: "reduce" } as const;
export const DARK = { colorScheme: "dark", reducedMotion: "reduce" } as const;
export const CONTRAST = { contrast: "more", reducedMotion: "reduce" } as const;

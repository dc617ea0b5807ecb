import type { Observable } from "@parlour/sdk/store";
import { useEffect } from "react";
import { useStore } from "../components/use-store.ts";
import type { Preferences } from "../model/preferences.ts";

/** Gives the page its theme, and the browser's own bar the colour of it. */
export function useDocumentLook(preferences: Observable<Preferences>): void {
  const { theme } = useStore(preferences);
  useEffect(() => {
    const root = document.documentElement;
    if (theme === "system") delete root.dataset.theme;
    else root.dataset.theme = theme;
    const paint = (): void => {
      const colour = getComputedStyle(root).getPropertyValue("--canvas").trim();
      for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) meta.content = colour;
    };
    paint();
    const dark = window.matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", paint);
    return () => dark.removeEventListener("change", paint);
  }, [theme]);
}

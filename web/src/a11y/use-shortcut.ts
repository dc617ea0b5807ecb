import { createContext, useContext, useEffect, useEffectEvent } from "react";
import type { ShortcutId } from "./shortcut-list.ts";
import type { Shortcuts } from "./shortcuts.ts";

/** The shortcuts of the page; none where nobody listens for keys. */
export const ShortcutsContext = createContext<Shortcuts | null>(null);

/** Does `run` at each of these shortcuts while the component is there. */
export function useShortcut(ids: readonly ShortcutId[], run: () => void): void {
  const shortcuts = useContext(ShortcutsContext);
  const pressed = useEffectEvent(run);
  const wanted = ids.join(" ");
  useEffect(() => {
    if (shortcuts === null) return;
    const ends = (wanted.split(" ") as ShortcutId[]).map((id) => shortcuts.on(id, () => pressed()));
    return () => {
      for (const end of ends) end();
    };
  }, [shortcuts, wanted]);
}

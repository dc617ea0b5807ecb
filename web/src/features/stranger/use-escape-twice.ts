import { useEffect, useEffectEvent, useState } from "react";

/** How long the second Esc is waited for. */
const SECOND_WITHIN_MS = 3_000;

/** Calls `onTwice` when Esc is pressed twice; `true` while the second one is waited for. */
export function useEscapeTwice(enabled: boolean, onTwice: () => void): boolean {
  const [armed, setArmed] = useState(false);
  const pressed = useEffectEvent((event: KeyboardEvent) => {
    // Esc also ends an input method's suggestion.
    if (event.key !== "Escape" || event.isComposing || event.repeat) return;
    if (armed) onTwice();
    setArmed(!armed);
  });
  useEffect(() => {
    if (!enabled) return;
    const listener = (event: KeyboardEvent): void => pressed(event);
    document.addEventListener("keydown", listener);
    return () => document.removeEventListener("keydown", listener);
  }, [enabled]);
  useEffect(() => {
    if (!armed) return;
    const timer = setTimeout(() => setArmed(false), SECOND_WITHIN_MS);
    return () => clearTimeout(timer);
  }, [armed]);
  return enabled && armed;
}

import { useSyncExternalStore } from "react";

/** How often it is looked whether a new day has begun. */
const LOOK_MS = 30_000;

/** When the present day began here, in milliseconds since 1970; drawn again when the next one does. */
export function useToday(): number {
  return useSyncExternalStore(watchClock, midnight);
}

function watchClock(listener: () => void): () => void {
  const timer = setInterval(listener, LOOK_MS);
  return () => clearInterval(timer);
}

function midnight(): number {
  return new Date().setHours(0, 0, 0, 0);
}

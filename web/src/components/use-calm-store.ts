import type { Observable } from "@parlour/sdk/store";
import { useCallback, useSyncExternalStore } from "react";

/**
 * The present state of `store`, drawn at most once for each picture of the screen, however often it
 * changes; while the page is hidden, not at all.
 */
export function useCalmStore<S>(store: Observable<S>): S {
  const subscribe = useCallback(
    (listener: () => void) => {
      let frame: number | null = null;
      const end = store.subscribe(() => {
        frame ??= requestAnimationFrame(() => {
          frame = null;
          listener();
        });
      });
      return () => {
        end();
        if (frame !== null) cancelAnimationFrame(frame);
      };
    },
    [store],
  );
  return useSyncExternalStore(subscribe, store.snapshot);
}

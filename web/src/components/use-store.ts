import type { Observable } from "@parlour/sdk/store";
import { useSyncExternalStore } from "react";

/** The present state of `store`; the component is drawn again when it changes. */
export function useStore<S>(store: Observable<S>): S {
  return useSyncExternalStore(store.subscribe, store.snapshot);
}

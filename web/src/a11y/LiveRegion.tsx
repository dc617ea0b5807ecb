import { useSyncExternalStore } from "react";
import type { Announcer } from "./announcer.ts";

/** Where a screen reader hears what the announcer says; nobody sees it. */
export function LiveRegion({ announcer }: { readonly announcer: Announcer }) {
  const text = useSyncExternalStore(announcer.subscribe, announcer.snapshot);
  return (
    <div role="status" aria-live="polite" className="sr-only">
      {text}
    </div>
  );
}

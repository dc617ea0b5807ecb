import { Part } from "./part.ts";

// Whoever comes for strangers need not wait for these.
export const ROOMS_AREA = new Part(async () => (await import("../features/rooms/RoomsArea.tsx")).RoomsArea);
export const DIRECT_AREA = new Part(async () => (await import("../features/direct/DirectArea.tsx")).DirectArea);
export const CHANNELS_AREA = new Part(async () => (await import("../features/channels/ChannelsArea.tsx")).ChannelsArea);
export const SETTINGS_AREA = new Part(async () => (await import("../features/settings/SettingsArea.tsx")).SettingsArea);

/** How long a browser may take to have nothing else to do. */
const IDLE_WITHIN_MS = 10_000;

/** Fetches all of them once the page has nothing else to do: a lost connection then takes none of them away. */
export function prefetchAreas(): void {
  const fetchAll = async (): Promise<void> => {
    for (const area of [ROOMS_AREA, DIRECT_AREA, CHANNELS_AREA, SETTINGS_AREA]) await area.prefetch();
  };
  const whenIdle = (): void => {
    // Safari has no such thing.
    if ("requestIdleCallback" in window) requestIdleCallback(() => void fetchAll(), { timeout: IDLE_WITHIN_MS });
    else setTimeout(() => void fetchAll(), IDLE_WITHIN_MS);
  };
  if (document.readyState === "complete") whenIdle();
  else window.addEventListener("load", whenIdle, { once: true });
}

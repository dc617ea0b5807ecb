import { useEffect } from "react";
import { LiveRegion } from "../a11y/LiveRegion.tsx";
import { Logo } from "../components/Logo.tsx";
import { ConnectionBanner } from "../features/connection-banner/ConnectionBanner.tsx";
import { ConnectionDot } from "../features/connection-banner/ConnectionDot.tsx";
import { StrangerArea } from "../features/stranger/StrangerArea.tsx";
import type { StrangerState } from "../model/stranger-state.ts";
import type { Services } from "./services.ts";
import { useStore } from "./use-store.ts";

/** The frame around everything: the mark, the connection, and the area that one is in. */
export function App({ services }: { readonly services: Services }) {
  const { connection, stranger, unread, announcer, storage } = services;
  const connectionState = useStore(connection);
  const state = useStore(stranger);
  const title = titleFor(state, useStore(unread));
  useEffect(() => {
    document.title = title;
  }, [title]);
  return (
    <div className="mx-auto flex h-full w-full max-w-4xl flex-col pr-[env(safe-area-inset-right)] pl-[env(safe-area-inset-left)] sm:px-6 sm:pb-6">
      <header className="flex min-h-13 shrink-0 items-center justify-between gap-4 px-4 pt-[env(safe-area-inset-top)] sm:min-h-18 sm:px-1">
        <Logo />
        <ConnectionDot state={connectionState} />
      </header>
      <ConnectionBanner state={connectionState} onRetry={() => connection.retryNow()} />
      <StrangerArea
        chat={stranger}
        state={state}
        connected={connectionState.kind === "connected"}
        storage={storage}
      />
      <LiveRegion announcer={announcer} />
    </div>
  );
}

function titleFor({ phase }: StrangerState, unread: number): string {
  const place = phase.kind === "talking" ? `${phase.partner} · Parlour` : "Parlour";
  return unread > 0 ? `(${unread}) ${place}` : place;
}

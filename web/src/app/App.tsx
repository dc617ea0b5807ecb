import { useEffect } from "react";
import { Link, useLocation, useNavigate } from "react-router";
import { LiveRegion } from "../a11y/LiveRegion.tsx";
import { SkipLinks } from "../a11y/SkipLinks.tsx";
import { ShortcutsContext } from "../a11y/use-shortcut.ts";
import { Logo } from "../components/Logo.tsx";
import { Icon } from "../components/ui/Icon.tsx";
import { AccountMenu } from "../features/auth/AccountMenu.tsx";
import { SessionNotice } from "../features/auth/SessionNotice.tsx";
import { ConnectionBanner } from "../features/connection-banner/ConnectionBanner.tsx";
import { ConnectionDot } from "../features/connection-banner/ConnectionDot.tsx";
import type { StrangerState } from "../model/stranger-state.ts";
import { AreaLinks, useOpenName, useUnread } from "./AreaLinks.tsx";
import { ChatStrip } from "./ChatStrip.tsx";
import { Home } from "./Home.tsx";
import { Keys } from "./Keys.tsx";
import { Pages } from "./Pages.tsx";
import { isInside, routeTitle } from "./routes.ts";
import type { Services } from "./services.ts";
import { useStore } from "../components/use-store.ts";
import { useDocumentLook } from "./use-document-look.ts";

/** The frame around everything: the mark, the connection, who one is, and the page that one is at. */
export function App({ services }: { readonly services: Services }) {
  const { connection, stranger, session, rooms, direct, channels, unread, announcer, alerts } = services;
  const connectionState = useStore(connection);
  const sessionState = useStore(session);
  const state = useStore(stranger);
  const { pathname } = useLocation();
  const place = [useOpenName(rooms), useOpenName(direct), useOpenName(channels)].find((name) => name !== "") ?? placeName(pathname, state);
  const title = titleFor(place, useStore(unread) + useUnread(rooms) + useUnread(direct) + useUnread(channels));
  const isWide = /^\/(?:rooms|direct|channels)/u.test(pathname);
  const navigate = useNavigate();
  useDocumentLook(services.preferences);
  useEffect(() => alerts.onOpen((path) => void navigate(path)), [alerts, navigate]);
  useEffect(() => alerts.look(), [alerts, pathname]);
  useEffect(() => {
    document.title = title;
  }, [title]);
  return (
    <ShortcutsContext value={services.shortcuts}>
    <div className="mx-auto flex h-full w-full max-w-7xl flex-col pr-[env(safe-area-inset-right)] pl-[env(safe-area-inset-left)] sm:px-6 sm:pb-6">
      <SkipLinks hasField={isWide && isInside(pathname)} />
      {/* In one row only where all of it fits, however wide letters are: numbers of unread messages come and go. */}
      <header className="flex min-h-13 shrink-0 flex-wrap items-center gap-x-2 px-3 pt-[env(safe-area-inset-top)] sm:gap-x-3 sm:px-1 max-lg:sm:pb-2 lg:min-h-18 lg:flex-nowrap">
        <div>
          {pathname === "/" ? (
            <Logo />
          ) : (
            <Link to="/" className="block rounded-xl py-2">
              <Logo />
            </Link>
          )}
        </div>
        <div className={`max-lg:order-last max-lg:w-full lg:me-auto lg:min-w-0 ${isInside(pathname) ? "max-md:hidden" : ""}`}>
          <AreaLinks rooms={rooms} direct={direct} channels={channels} />
        </div>
        <div className="max-lg:ms-auto">
          <ConnectionDot state={connectionState} />
        </div>
        {sessionState.kind === "signed_out" && (
          <Link to="/settings" aria-label="Settings" className="grid size-11 place-items-center rounded-full text-muted hover:bg-sunk hover:text-ink">
            <Icon name="gear" className="size-6" />
          </Link>
        )}
        {sessionState.kind === "signed_in" && (
          <AccountMenu
            user={sessionState.user}
            session={session}
            leaveChat={state.phase.kind === "idle" ? null : () => stranger.leave()}
          />
        )}
      </header>
      {/* The header is as wide on every page: what is in it does not move from one to the next. */}
      <div className={`mx-auto flex min-h-0 w-full flex-1 flex-col ${isWide ? "" : "max-w-5xl"}`}>
      <ConnectionBanner state={connectionState} onRetry={() => connection.retryNow()} />
      <SessionNotice state={sessionState} onDismiss={() => session.dismissNotice()} />
      {pathname !== "/" && <ChatStrip state={state} />}
      <Pages
        services={services}
        state={sessionState}
        connection={connectionState}
        home={<Home services={services} connection={connectionState} session={sessionState} />}
      />
      </div>
      <LiveRegion announcer={announcer} />
      <Keys />
    </div>
    </ShortcutsContext>
  );
}

function titleFor(place: string, unread: number): string {
  const title = place === "" ? "Parlour" : `${place} · Parlour`;
  return unread > 0 ? `(${unread}) ${title}` : title;
}

function placeName(pathname: string, { phase }: StrangerState): string {
  return pathname === "/" && phase.kind === "talking" ? phase.partner : routeTitle(pathname);
}

import type { ConnectionState } from "@parlour/sdk/connection";
import type { ReactNode } from "react";
import { Navigate, Route, Routes, useLocation } from "react-router";
import { PageCard } from "../components/PageCard.tsx";
import { ButtonLink } from "../components/ui/ButtonLink.tsx";
import { GuestPage } from "../features/auth/GuestPage.tsx";
import { RegisterPage } from "../features/auth/RegisterPage.tsx";
import { SignInPage } from "../features/auth/SignInPage.tsx";
import type { SessionState } from "../model/session-state.ts";
import { ChannelsPage } from "./ChannelsPage.tsx";
import { DirectPage } from "./DirectPage.tsx";
import { OneMoment } from "./OneMoment.tsx";
import { PageBoundary } from "./PageBoundary.tsx";
import { RoomsPage } from "./RoomsPage.tsx";
import { isWorthReturning, ROUTES, type PageName } from "./routes.ts";
import type { Services } from "./services.ts";
import { SettingsPage } from "./SettingsPage.tsx";

interface PagesProps {
  readonly services: Services;
  readonly state: SessionState;
  readonly connection: ConnectionState;
  /** The page at `/`. */
  readonly home: ReactNode;
}

/** Which page is at which address. */
export function Pages(props: PagesProps) {
  const pages = makePages(props);
  const { pathname } = useLocation();
  return (
    <Routes>
      {ROUTES.map(({ path, page }) => (
        <Route
          key={path}
          path={path}
          element={
            <PageBoundary key={page} at={pathname}>
              {pages[page]}
            </PageBoundary>
          }
        />
      ))}
    </Routes>
  );
}

function makePages({ services, state, connection, home }: PagesProps): Readonly<Record<PageName, ReactNode>> {
  const { session, rooms, direct, channels } = services;
  // A guest may come to an account; who has one has no more to do here.
  const settled = state.kind === "signed_in" && !state.user.isGuest;
  const signedIn = state.kind === "signed_in";
  return {
    home,
    signIn: <Entrance state={state} done={settled} page={<SignInPage session={session} />} />,
    register: <Entrance state={state} done={settled} page={<RegisterPage session={session} />} />,
    guest: <Entrance state={state} done={signedIn} page={<GuestPage session={session} />} />,
    settings: <SettingsPage services={services} state={state} />,
    rooms: <RoomsPage rooms={rooms} state={state} connection={connection} />,
    direct: <DirectPage direct={direct} state={state} connection={connection} />,
    channels: <ChannelsPage channels={channels} state={state} connection={connection} />,
    nothing: <NothingHere />,
  };
}

interface EntranceProps {
  readonly state: SessionState;
  /** Whether one is in already. */
  readonly done: boolean;
  readonly page: ReactNode;
}

/** A page that leads to being signed in: whoever is goes on to where they wanted to go. */
function Entrance({ state, done, page }: EntranceProps) {
  const location = useLocation();
  if (state.kind === "checking") return <OneMoment />;
  return done ? <Navigate replace to={wantedPath(location.state)} /> : page;
}

/** Only what this page has put there itself: the state of a history entry cannot be linked to. */
function wantedPath(state: unknown): string {
  const wanted = typeof state === "object" && state !== null && "wanted" in state ? state.wanted : null;
  return typeof wanted === "string" && isWorthReturning(wanted) ? wanted : "/";
}

function NothingHere() {
  return (
    <PageCard title="There is nothing here.">
      <p className="text-center text-muted">This address leads nowhere.</p>
      <p className="mt-4 text-center">
        <ButtonLink to="/" look="primary">
          To the parlour
        </ButtonLink>
      </p>
    </PageCard>
  );
}

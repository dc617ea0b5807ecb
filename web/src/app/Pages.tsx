import type { ConnectionState } from "@parlour/sdk/connection";
import type { Observable } from "@parlour/sdk/store";
import type { ReactNode } from "react";
import { Navigate, Route, Routes, useLocation } from "react-router";
import { PageCard } from "../components/PageCard.tsx";
import { ButtonLink } from "../components/ui/ButtonLink.tsx";
import { GuestPage } from "../features/auth/GuestPage.tsx";
import { RegisterPage } from "../features/auth/RegisterPage.tsx";
import { SignInPage } from "../features/auth/SignInPage.tsx";
import { AccountPage } from "../features/settings/AccountPage.tsx";
import type { Channels } from "../model/channels.ts";
import type { Direct } from "../model/direct.ts";
import type { Rooms } from "../model/rooms.ts";
import type { Session } from "../model/session.ts";
import type { SessionState } from "../model/session-state.ts";
import { ChannelsPage } from "./ChannelsPage.tsx";
import { DirectPage } from "./DirectPage.tsx";
import { OneMoment } from "./OneMoment.tsx";
import { RoomsPage } from "./RoomsPage.tsx";
import { isWorthReturning } from "./routes.ts";

interface PagesProps {
  readonly session: Session;
  readonly state: SessionState;
  readonly connection: ConnectionState;
  readonly rooms: Observable<Rooms | null>;
  readonly direct: Observable<Direct | null>;
  readonly channels: Observable<Channels | null>;
  /** The page at `/`. */
  readonly home: ReactNode;
}

/** Which page is at which address. */
export function Pages({ session, state, connection, rooms, direct, channels, home }: PagesProps) {
  // A guest may come to an account; who has one has no more to do here.
  const settled = state.kind === "signed_in" && !state.user.isGuest;
  const signedIn = state.kind === "signed_in";
  return (
    <Routes>
      <Route path="/" element={home} />
      <Route path="/sign-in" element={<Entrance state={state} done={settled} page={<SignInPage session={session} />} />} />
      <Route path="/register" element={<Entrance state={state} done={settled} page={<RegisterPage session={session} />} />} />
      <Route path="/guest" element={<Entrance state={state} done={signedIn} page={<GuestPage session={session} />} />} />
      <Route path="/account" element={<Account session={session} state={state} />} />
      <Route path="/rooms/:groupId?" element={<RoomsPage rooms={rooms} state={state} connection={connection} />} />
      <Route
        path="/direct/:conversationId?"
        element={<DirectPage direct={direct} state={state} connection={connection} />}
      />
      <Route
        path="/channels/:groupId?"
        element={<ChannelsPage channels={channels} state={state} connection={connection} />}
      />
      <Route path="*" element={<NothingHere />} />
    </Routes>
  );
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

function Account({ session, state }: { readonly session: Session; readonly state: SessionState }) {
  if (state.kind === "checking") return <OneMoment />;
  if (state.kind === "signed_in") return <AccountPage key={state.user.id} session={session} user={state.user} />;
  // Who has just signed out wants to be away, not to sign in again.
  if (state.why === "left") return <Navigate replace to="/" />;
  return <Navigate replace to="/sign-in" state={{ wanted: "/account" }} />;
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

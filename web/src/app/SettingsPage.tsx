import { Suspense, useState } from "react";
import { Navigate, useParams } from "react-router";
import { useStore } from "../components/use-store.ts";
import type { SessionState } from "../model/session-state.ts";
import { SETTINGS_AREA } from "./areas.ts";
import { chime } from "./alert-ports.ts";
import { OneMoment } from "./OneMoment.tsx";
import type { Services } from "./services.ts";
import { askForNotifications, notificationPermission } from "./system-notifications.ts";

/** What only somebody who is signed in can set. */
const OF_ACCOUNTS = ["profile", "password", "blocked", "sessions"];

interface SettingsPageProps {
  readonly services: Services;
  readonly state: SessionState;
}

/** The settings: those of the device for everybody, those of an account for whoever has one. */
export function SettingsPage({ services, state }: SettingsPageProps) {
  const [Area] = useState(() => SETTINGS_AREA.component());
  const { session, preferences, blocks, stranger } = services;
  const { section } = useParams();
  const { phase } = useStore(stranger);
  if (state.kind === "checking") return <OneMoment />;
  if (state.kind === "signed_out" && section !== undefined && OF_ACCOUNTS.includes(section)) {
    // Who has just signed out wants to be away, not to sign in again.
    if (state.why === "left") return <Navigate replace to="/" />;
    return <Navigate replace to="/sign-in" state={{ wanted: `/settings/${section}` }} />;
  }
  const user = state.kind === "signed_in" ? state.user : null;
  return (
    <Suspense fallback={<OneMoment />}>
      <Area
        key={user?.id}
        session={session}
        user={user}
        preferences={preferences}
        blocks={blocks}
        notifications={NOTIFICATIONS}
        leaveChat={phase.kind === "idle" ? null : () => stranger.leave()}
      />
    </Suspense>
  );
}

const NOTIFICATIONS = {
  permission: notificationPermission,
  ask: askForNotifications,
  play: () => void chime(),
} as const;

import type { ConnectionState } from "@parlour/sdk/connection";
import type { Observable } from "@parlour/sdk/store";
import { Suspense, useState } from "react";
import { useStore } from "../components/use-store.ts";
import type { Channels } from "../model/channels.ts";
import type { SessionState } from "../model/session-state.ts";
import { CHANNELS_AREA } from "./areas.ts";
import { NameWanted } from "./NameWanted.tsx";
import { OneMoment } from "./OneMoment.tsx";

interface ChannelsPageProps {
  readonly channels: Observable<Channels | null>;
  readonly state: SessionState;
  readonly connection: ConnectionState;
}

/** The channels, for whoever has a name; others are told how to come by one. */
export function ChannelsPage({ channels, state, connection }: ChannelsPageProps) {
  const [Area] = useState(() => CHANNELS_AREA.component());
  const present = useStore(channels);
  if (present !== null) {
    const isGuest = state.kind === "signed_in" && state.user.isGuest;
    return (
      <Suspense fallback={<OneMoment />}>
        <Area key={present.self} channels={present} connection={connection} isGuest={isGuest} />
      </Suspense>
    );
  }
  if (state.kind !== "signed_out") return <OneMoment />;
  return (
    <NameWanted
      title="Channels are for people with a name."
      lead="Talk in public, or with those you invite: what you say is on every screen at once."
      remark="A guest sees public channels only; an account has private ones too."
      guests
    />
  );
}

import type { ConnectionState } from "@parlour/sdk/connection";
import type { Observable } from "@parlour/sdk/store";
import { Suspense, useState } from "react";
import { useStore } from "../components/use-store.ts";
import type { Direct } from "../model/direct.ts";
import type { SessionState } from "../model/session-state.ts";
import { DIRECT_AREA } from "./areas.ts";
import { NameWanted } from "./NameWanted.tsx";
import { OneMoment } from "./OneMoment.tsx";

interface DirectPageProps {
  readonly direct: Observable<Direct | null>;
  readonly state: SessionState;
  readonly connection: ConnectionState;
}

/** Direct messages, for whoever has an account; others are told how to come by one. */
export function DirectPage({ direct, state, connection }: DirectPageProps) {
  const [Area] = useState(() => DIRECT_AREA.component());
  const present = useStore(direct);
  if (present !== null) {
    return (
      <Suspense fallback={<OneMoment />}>
        <Area key={present.self} direct={present} connection={connection} />
      </Suspense>
    );
  }
  if (state.kind === "signed_in" && state.user.isGuest) return <AccountWanted isGuest />;
  return state.kind === "signed_out" ? <AccountWanted isGuest={false} /> : <OneMoment />;
}

function AccountWanted({ isGuest }: { readonly isGuest: boolean }) {
  return (
    <NameWanted
      title="Direct messages are for people with an account."
      lead="Write to one person, and see when it was read."
      remark={isGuest ? "You are here as a guest, and a guest’s name is forgotten after a while." : null}
      guests={false}
    />
  );
}

import type { ConnectionState } from "@parlour/sdk/connection";
import type { Observable } from "@parlour/sdk/store";
import { Suspense, useState } from "react";
import { useStore } from "../components/use-store.ts";
import type { Rooms } from "../model/rooms.ts";
import type { SessionState } from "../model/session-state.ts";
import { ROOMS_AREA } from "./areas.ts";
import { NameWanted } from "./NameWanted.tsx";
import { OneMoment } from "./OneMoment.tsx";

interface RoomsPageProps {
  readonly rooms: Observable<Rooms | null>;
  readonly state: SessionState;
  readonly connection: ConnectionState;
}

/** The rooms, for whoever has a name; others are told how to come by one. */
export function RoomsPage({ rooms, state, connection }: RoomsPageProps) {
  const [Area] = useState(() => ROOMS_AREA.component());
  const present = useStore(rooms);
  if (present !== null) {
    return (
      <Suspense fallback={<OneMoment />}>
        <Area key={present.self} rooms={present} connection={connection} />
      </Suspense>
    );
  }
  if (state.kind !== "signed_out") return <OneMoment />;
  return (
    <NameWanted
      title="Rooms are for people with a name."
      lead="Talk with everyone who is there, and find it all again tomorrow."
      remark="A guest’s name needs no password, and is forgotten about a day after the visit."
      guests
    />
  );
}

import type { ConnectionState } from "@parlour/sdk/connection";
import type { Observable } from "@parlour/sdk/store";
import { lazy, Suspense } from "react";
import { useStore } from "../components/use-store.ts";
import type { Rooms } from "../model/rooms.ts";
import type { SessionState } from "../model/session-state.ts";
import { NameWanted } from "./NameWanted.tsx";
import { OneMoment } from "./OneMoment.tsx";

// Whoever comes for strangers need not wait for it.
const RoomsArea = lazy(async () => {
  const { RoomsArea: area } = await import("../features/rooms/RoomsArea.tsx");
  return { default: area };
});

interface RoomsPageProps {
  readonly rooms: Observable<Rooms | null>;
  readonly state: SessionState;
  readonly connection: ConnectionState;
}

/** The rooms, for whoever has a name; others are told how to come by one. */
export function RoomsPage({ rooms, state, connection }: RoomsPageProps) {
  const present = useStore(rooms);
  if (present !== null) {
    return (
      <Suspense fallback={<OneMoment />}>
        <RoomsArea key={present.self} rooms={present} connection={connection} />
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

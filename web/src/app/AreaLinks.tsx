import { Store, type Observable } from "@parlour/sdk/store";
import type { ReactNode } from "react";
import { NavLink } from "react-router";
import { useStore } from "../components/use-store.ts";
import type { Rooms } from "../model/rooms.ts";

/** The areas of the page, with what waits in them. */
export function AreaLinks({ rooms }: { readonly rooms: Observable<Rooms | null> }) {
  const unread = useUnread(rooms);
  return (
    <nav aria-label="Areas" className="flex gap-1">
      <Area to="/">Strangers</Area>
      <Area to="/rooms">
        Rooms
        {unread > 0 && (
          <span className="rounded-full bg-accent px-1.5 text-xs text-on-accent">
            {unread > 99 ? "99+" : unread}
            <span className="sr-only"> unread</span>
          </span>
        )}
      </Area>
    </nav>
  );
}

/** How many messages wait in one's rooms; none for one who is not signed in. */
export function useUnread(rooms: Observable<Rooms | null>): number {
  return useStore(useStore(rooms)?.unread ?? NONE);
}

/** What the open room is called; empty without one. */
export function useOpenRoomName(rooms: Observable<Rooms | null>): string {
  return useStore(useStore(rooms)?.openName ?? NO_NAME);
}

const NONE = new Store(0);
const NO_NAME = new Store("");

function Area({ to, children }: { readonly to: string; readonly children: ReactNode }) {
  return (
    <NavLink
      to={to}
      end={to === "/"}
      className={({ isActive }) =>
        `inline-flex min-h-11 items-center gap-1.5 rounded-full px-2.5 text-sm font-semibold sm:px-3.5 ${isActive ? "bg-sunk text-ink" : "text-muted hover:bg-sunk/60 hover:text-ink"}`
      }
    >
      {children}
    </NavLink>
  );
}

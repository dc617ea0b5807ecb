import { Value, type Observable } from "@parlour/sdk/store";
import type { ReactNode } from "react";
import { NavLink } from "react-router";
import { UnreadBadge } from "../components/list/UnreadBadge.tsx";
import { useStore } from "../components/use-store.ts";

/** What the frame of the page shows of one kind of conversations. */
export interface Area {
  /** How many messages wait to be read. */
  readonly unread: Observable<number>;
  /** What the open one is called; empty without one. */
  readonly openName: Observable<string>;
}

interface AreaLinksProps {
  readonly rooms: Observable<Area | null>;
  readonly direct: Observable<Area | null>;
  readonly channels: Observable<Area | null>;
}

/** The areas of the page, with what waits in them. */
export function AreaLinks({ rooms, direct, channels }: AreaLinksProps) {
  const [inRooms, inDirect, inChannels] = [useUnread(rooms), useUnread(direct), useUnread(channels)];
  return (
    <nav aria-label="Areas" className="flex flex-wrap sm:gap-x-1">
      <AreaLink to="/" unread={0}>
        Strangers
      </AreaLink>
      <AreaLink to="/rooms" unread={inRooms}>
        Rooms
      </AreaLink>
      <AreaLink to="/direct" unread={inDirect}>
        Direct
      </AreaLink>
      <AreaLink to="/channels" unread={inChannels}>
        Channels
      </AreaLink>
    </nav>
  );
}

/** How many messages wait in an area; none for one who is not signed in. */
export function useUnread(area: Observable<Area | null>): number {
  return useStore(useStore(area)?.unread ?? NONE);
}

/** What is open in an area is called; empty without one. */
export function useOpenName(area: Observable<Area | null>): string {
  return useStore(useStore(area)?.openName ?? NO_NAME);
}

const NONE = new Value(0);
const NO_NAME = new Value("");

interface AreaLinkProps {
  readonly to: string;
  readonly unread: number;
  readonly children: ReactNode;
}

function AreaLink({ to, unread, children }: AreaLinkProps) {
  return (
    <NavLink
      to={to}
      end={to === "/"}
      className={({ isActive }) =>
        `relative inline-flex min-h-11 items-center gap-1.5 rounded-full px-1.5 text-sm font-semibold max-sm:grow max-sm:justify-center sm:px-3.5 ${isActive ? "bg-sunk text-ink" : "text-muted hover:bg-sunk/60 hover:text-ink"}`
      }
    >
      {children}
      {/* On a phone there is no room beside the word. */}
      {unread > 0 && <UnreadBadge count={unread} className="max-sm:absolute max-sm:-end-0.5 max-sm:top-0" />}
    </NavLink>
  );
}

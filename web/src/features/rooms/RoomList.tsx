import type { Room } from "@parlour/sdk/room-events";
import { useEffect, useRef, useState, type RefObject } from "react";
import { useNavigate } from "react-router";
import { Button } from "../../components/ui/Button.tsx";
import { Icon } from "../../components/ui/Icon.tsx";
import { useSettled } from "../../components/use-settled.ts";
import { useStore } from "../../components/use-store.ts";
import { useToday } from "../../components/use-today.ts";
import { errorWords } from "../../model/error-words.ts";
import type { Rooms } from "../../model/rooms.ts";
import { fitsSearch, mostRecentFirst } from "../../model/room-search.ts";
import { CreateRoomDialog } from "./CreateRoomDialog.tsx";
import { MoreRooms } from "./MoreRooms.tsx";
import { RoomItem } from "./RoomItem.tsx";
import { useRoomPages, type RoomPages } from "./use-room-pages.ts";

interface RoomListProps {
  readonly rooms: Rooms;
  readonly openId: string | null;
  readonly connected: boolean;
}

/** So long after the last letter, one has stopped typing. */
const TYPING_PAUSE_MS = 200;

/** One's own rooms and all others, with a field to look for one. */
export function RoomList({ rooms, openId, connected }: RoomListProps) {
  const navigate = useNavigate();
  const [typed, setTyped] = useState("");
  const [creating, setCreating] = useState(false);
  const query = typed.trim();
  const settled = useSettled(query, TYPING_PAUSE_MS);
  const pages = useRoomPages({ rooms, query: settled, connected, isPage: openId === null });
  const inbox = useStore(rooms.inbox);
  const mine = mostRecentFirst([...inbox.rooms.values()]).filter((room) => fitsSearch(room.name, query));
  const others = pages.rooms.filter(
    (room) => !inbox.rooms.has(room._id) && (!pages.areEarlier || fitsSearch(room.name, query)),
  );
  const heading = useRef<HTMLHeadingElement>(null);
  const wasOpen = useRef(openId !== null);
  useEffect(() => {
    // Whoever comes back from a room goes on here.
    if (openId === null && wasOpen.current) heading.current?.focus();
    wasOpen.current = openId !== null;
  }, [openId]);

  return (
    <section aria-label="Rooms" className="flex min-h-0 w-full flex-col bg-surface/60">
      <div className="flex shrink-0 items-center justify-between gap-2 ps-4 pe-2 pt-3">
        <Heading heading={heading} isPage={openId === null} />
        <Button look="ghost" icon="plus" onClick={() => setCreating(true)}>
          New room
        </Button>
      </div>
      <SearchField typed={typed} onChange={setTyped} />
      <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain px-2 pb-4">
        <RoomSection title="Your rooms" rooms={mine} model={rooms} openId={openId} connected={connected} />
        <RoomSection title={mine.length > 0 ? "More rooms" : "All rooms"} rooms={others} model={rooms} openId={openId} connected={connected} />
        <ListState pages={pages} empty={mine.length + others.length === 0} query={query} connected={connected} />
        {pages.hasMore && <MoreRooms busy={pages.loadingMore} onMore={pages.loadMore} />}
      </div>
      <CreateRoomDialog
        open={creating}
        rooms={rooms}
        onClose={() => setCreating(false)}
        onCreated={(room) => {
          setCreating(false);
          setTyped("");
          void navigate(`/rooms/${encodeURIComponent(room._id)}`);
        }}
      />
    </section>
  );
}

/** The page's heading while no room is open. */
function Heading({ heading, isPage }: { readonly heading: RefObject<HTMLHeadingElement | null>; readonly isPage: boolean }) {
  const Level = isPage ? "h1" : "h2";
  return (
    <Level ref={heading} tabIndex={-1} className="font-display text-xl font-semibold tracking-tight">
      Rooms
    </Level>
  );
}

function SearchField({ typed, onChange }: { readonly typed: string; readonly onChange: (typed: string) => void }) {
  return (
    <div role="search" className="relative mx-3 mt-2 mb-3 shrink-0">
      <Icon name="search" className="pointer-events-none absolute start-3.5 top-3 size-5 text-muted" />
      <input
        type="search"
        dir="auto"
        value={typed}
        maxLength={80}
        aria-label="Search rooms"
        placeholder="Search rooms"
        autoComplete="off"
        spellCheck={false}
        enterKeyHint="search"
        className="block min-h-11 w-full rounded-full border border-line-strong/70 bg-surface ps-11 pe-4 text-base placeholder:text-muted placeholder:opacity-100"
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape" || typed === "") return;
          event.preventDefault();
          onChange("");
        }}
      />
    </div>
  );
}

interface RoomSectionProps {
  readonly title: string;
  readonly rooms: readonly Room[];
  readonly model: Rooms;
  readonly openId: string | null;
  readonly connected: boolean;
}

function RoomSection({ title, rooms, model, openId, connected }: RoomSectionProps) {
  const attended = useStore(model.attended);
  const today = useToday();
  if (rooms.length === 0) return null;
  return (
    <>
      <h3 className="px-3 pt-3 pb-1 text-xs font-semibold tracking-wide text-muted uppercase">{title}</h3>
      <ul aria-label={title}>
        {rooms.map((room) => (
          <li key={room._id} className="[contain-intrinsic-size:auto_4.625rem] [content-visibility:auto]">
            <RoomItem
              room={room}
              self={model.self}
              connected={connected}
              isOpen={room._id === openId}
              unread={room._id === attended ? 0 : room.unreadCount}
              today={today}
            />
          </li>
        ))}
      </ul>
    </>
  );
}

interface ListStateProps {
  readonly pages: RoomPages;
  readonly empty: boolean;
  readonly query: string;
  readonly connected: boolean;
}

/** What is to be said below the rooms, or in their place. */
function ListState({ pages, empty, query, connected }: ListStateProps) {
  if (pages.error !== null) {
    return (
      <div role="alert" className="mx-2 mt-4 rounded-2xl bg-danger-soft px-4 py-3 text-sm">
        <p>{connected ? `The rooms cannot be listed. ${errorWords(pages.error)}` : "The rooms are listed again once you are connected."}</p>
        <button type="button" className="mt-1 min-h-11 font-semibold underline underline-offset-2" onClick={pages.retry}>
          Try again
        </button>
      </div>
    );
  }
  if (pages.phase === "loading") return <Skeleton />;
  if (!empty) return null;
  return (
    <div role="status" className="px-4 py-10 text-center text-pretty text-muted">
      {query === "" ? (
        "There is no room yet. Make the first one."
      ) : (
        <>
          No room is called “<bdi className="[overflow-wrap:anywhere]">{query}</bdi>”. You could make it.
        </>
      )}
    </div>
  );
}

/** Where the rooms will be. */
function Skeleton() {
  return (
    <div role="status" className="mt-3 flex flex-col gap-3 px-3">
      <span className="sr-only">The rooms are on their way.</span>
      {["w-2/5", "w-3/5", "w-1/2"].map((width) => (
        <div key={width} aria-hidden="true" className="flex animate-breathe items-center gap-3">
          <span className="size-11 rounded-2xl bg-sunk" />
          <span className={`h-4 rounded-full bg-sunk ${width}`} />
        </div>
      ))}
    </div>
  );
}

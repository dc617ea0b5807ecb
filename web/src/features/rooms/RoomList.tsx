import type { Room } from "@parlour/sdk/room-events";
import { useState } from "react";
import { useNavigate } from "react-router";
import { ListFailure } from "../../components/list/ListFailure.tsx";
import { ListPane } from "../../components/list/ListPane.tsx";
import { ListSkeleton } from "../../components/list/ListSkeleton.tsx";
import { ListTitle } from "../../components/list/ListTitle.tsx";
import { MoreItems } from "../../components/list/MoreItems.tsx";
import { Button } from "../../components/ui/Button.tsx";
import { useSettled } from "../../components/use-settled.ts";
import { useStore } from "../../components/use-store.ts";
import { useToday } from "../../components/use-today.ts";
import { errorWords } from "../../model/error-words.ts";
import type { Rooms } from "../../model/rooms.ts";
import { fitsSearch, mostRecentFirst } from "../../model/room-search.ts";
import { CreateRoomDialog } from "./CreateRoomDialog.tsx";
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
  const mine = mostRecentFirst([...inbox.conversations.values()]).filter((room) => fitsSearch(room.name, query));
  const others = pages.rooms.filter(
    (room) => !inbox.conversations.has(room._id) && (!pages.areEarlier || fitsSearch(room.name, query)),
  );

  return (
    <>
      <ListPane
        label="Rooms"
        title="Rooms"
        openId={openId}
        action={
          <Button look="ghost" icon="plus" onClick={() => setCreating(true)}>
            New room
          </Button>
        }
        search={{ label: "Search rooms", typed, onChange: setTyped }}
      >
        <RoomSection title="Your rooms" rooms={mine} model={rooms} openId={openId} connected={connected} />
        <RoomSection title={mine.length > 0 ? "More rooms" : "All rooms"} rooms={others} model={rooms} openId={openId} connected={connected} />
        <ListState pages={pages} empty={mine.length + others.length === 0} query={query} connected={connected} />
        {pages.hasMore && <MoreItems label="More rooms" busy={pages.loadingMore} onMore={pages.loadMore} />}
      </ListPane>
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
    </>
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
      <ListTitle words={title} isPage={openId === null} />
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
      <ListFailure className="mt-4" onRetry={pages.retry}>
        {connected ? `The rooms cannot be listed. ${errorWords(pages.error)}` : "The rooms are listed again once you are connected."}
      </ListFailure>
    );
  }
  if (pages.phase === "loading") return <ListSkeleton words="The rooms are on their way." shape="rounded-2xl" />;
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

import { MAX_NAMED } from "@parlour/sdk/presence";
import type { RoomFeed } from "@parlour/sdk/room-feed";
import { shownName } from "@parlour/sdk/user";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useEffectEvent, useRef } from "react";
import { Avatar } from "../../components/Avatar.tsx";
import { Button } from "../../components/ui/Button.tsx";
import { CloseButton } from "../../components/ui/CloseButton.tsx";
import { useStore } from "../../components/use-store.ts";
import type { Rooms } from "../../model/rooms.ts";
import { orThrow } from "../../components/refusal.ts";

interface PeoplePanelProps {
  readonly rooms: Rooms;
  readonly feed: RoomFeed;
  readonly roomId: string;
  readonly onClose: () => void;
}

/** Who is here just now, and who is a member; on a narrow window in place of the messages. */
export function PeoplePanel({ rooms, feed, roomId, onClose }: PeoplePanelProps) {
  const panel = useRef<HTMLElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const pressed = useEffectEvent(({ key }: KeyboardEvent) => {
    if (key === "Escape") onClose();
  });
  useEffect(() => {
    const element = panel.current;
    const listener = (event: KeyboardEvent): void => pressed(event);
    heading.current?.focus();
    element?.addEventListener("keydown", listener);
    return () => element?.removeEventListener("keydown", listener);
  }, []);
  return (
    <aside
      ref={panel}
      aria-label="People"
      className="absolute inset-0 z-10 flex flex-col overflow-hidden border-line bg-surface lg:static lg:w-64 lg:shrink-0 lg:border-s"
    >
      <div className="flex min-h-16 shrink-0 items-center justify-between border-b border-line py-1.5 ps-4 pe-2">
        <h2 ref={heading} tabIndex={-1} className="font-display text-lg font-semibold">
          People
        </h2>
        <CloseButton label="Close the list of people" className="hover:bg-sunk" onClick={onClose} />
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain px-4 pb-4">
        <Here rooms={rooms} feed={feed} />
        <Members rooms={rooms} roomId={roomId} />
      </div>
    </aside>
  );
}

function Here({ rooms, feed }: { readonly rooms: Rooms; readonly feed: RoomFeed }) {
  const { presence } = useStore(feed.people);
  const { live } = useStore(feed);
  useEffect(() => feed.people.watch(), [feed]);
  if (!live) return null;
  return (
    <>
      <Title words={`Here now · ${presence.count.toLocaleString()}`} />
      {presence.count > MAX_NAMED ? (
        <p className="text-sm text-pretty text-muted">Too many to be named.</p>
      ) : (
        <ul aria-label="Here now">
          {presence.users.map((user) => (
            <PersonItem
              key={user.userId}
              name={user.userName}
              note={user.userId === rooms.self ? "you" : user.isGuest ? "guest" : null}
              here
            />
          ))}
        </ul>
      )}
    </>
  );
}

function Members({ rooms, roomId }: { readonly rooms: Rooms; readonly roomId: string }) {
  const pages = useInfiniteQuery({
    queryKey: ["members", roomId],
    queryFn: async ({ pageParam }) => orThrow(await rooms.api.members(roomId, pageParam)),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    staleTime: 0,
  });
  const members = pages.data?.pages.flatMap((page) => page.members) ?? [];
  return (
    <>
      <Title words="Members" />
      {pages.isPending && <p className="text-sm text-muted">One moment…</p>}
      {pages.error !== null && (
        <p role="alert" className="text-sm text-danger">
          The members could not be listed. {pages.error.message}
        </p>
      )}
      <ul aria-label="Members">
        {members.map((member) => (
          <PersonItem
            key={member.id}
            name={shownName(member)}
            image={member.avatarUrl}
            note={member.id === rooms.self ? "you" : member.isGuest ? "guest" : null}
          />
        ))}
      </ul>
      {pages.hasNextPage && (
        <Button look="ghost" aria-disabled={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
          More members
        </Button>
      )}
    </>
  );
}

function Title({ words }: { readonly words: string }) {
  return <h3 className="pt-4 pb-1 text-xs font-semibold tracking-wide text-muted uppercase">{words}</h3>;
}

interface PersonItemProps {
  readonly name: string;
  readonly image?: string | null;
  /** What is to be known of them beside the name. */
  readonly note: string | null;
  readonly here?: boolean;
}

function PersonItem({ name, image = null, note, here = false }: PersonItemProps) {
  return (
    <li className="flex items-center gap-2.5 py-1.5">
      <span className="relative">
        <Avatar name={name} image={image} className="size-8 text-sm" />
        {here && (
          <span aria-hidden="true" className="absolute end-0 bottom-0 size-2.5 rounded-full border-2 border-surface bg-good" />
        )}
      </span>
      <bdi className="min-w-0 truncate" title={name}>
        {name}
      </bdi>
      {note !== null && (
        <span className="shrink-0 rounded-full border border-line-strong/60 px-1.5 text-xs text-muted">{note}</span>
      )}
    </li>
  );
}

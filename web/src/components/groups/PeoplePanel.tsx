import { MAX_NAMED } from "@parlour/sdk/presence";
import type { Group } from "@parlour/sdk/group";
import type { Placed } from "@parlour/sdk/message-log";
import { shownName, type User } from "@parlour/sdk/user";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useEffectEvent, useRef, type ReactNode } from "react";
import type { GroupFeedView, GroupView } from "../../model/group-view.ts";
import { Avatar } from "../Avatar.tsx";
import { BlockButton } from "../people/BlockButton.tsx";
import { orThrow } from "../refusal.ts";
import { Button } from "../ui/Button.tsx";
import { CloseButton } from "../ui/CloseButton.tsx";
import { useStore } from "../use-store.ts";
import type { GroupSlots } from "./group-slots.ts";
import { MEMBERS } from "./member-query.ts";

interface PeoplePanelProps<C extends Group<M>, M extends Placed> extends GroupSlots<C> {
  /** `null` until it is known. */
  readonly group: C | null;
  readonly groups: GroupView<C, M>;
  readonly feed: GroupFeedView<M>;
  readonly groupId: string;
  readonly onClose: () => void;
}

/** Who is here just now, and who is a member; on a narrow window in place of the messages. */
export function PeoplePanel<C extends Group<M>, M extends Placed>(props: PeoplePanelProps<C, M>) {
  const { groups, feed, onClose } = props;
  const panel = useRef<HTMLElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const pressed = useEffectEvent(({ key, target }: KeyboardEvent) => {
    // A question in front of the list goes first.
    const isInDialog = target instanceof Element && target.closest("dialog") !== null;
    if (key === "Escape" && !isInDialog) onClose();
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
      className="absolute inset-0 z-10 flex flex-col overflow-hidden border-line bg-surface lg:static lg:w-72 xl:w-92 lg:shrink-0 lg:border-s"
    >
      <div className="flex min-h-16 shrink-0 items-center justify-between border-b border-line py-1.5 ps-4 pe-2">
        <h2 ref={heading} tabIndex={-1} className="font-display text-lg font-semibold">
          People
        </h2>
        <CloseButton label="Close the list of people" className="hover:bg-sunk" onClick={onClose} />
      </div>
      <div className="@container min-h-0 flex-1 overflow-y-auto overscroll-contain px-4 pb-4">
        <Here groups={groups} feed={feed} />
        <Members {...props} onGone={() => heading.current?.focus()} />
      </div>
    </aside>
  );
}

interface HereProps<M extends Placed> {
  readonly groups: Pick<GroupView<never, M>, "self" | "blocks">;
  readonly feed: GroupFeedView<M>;
}

function Here<M extends Placed>({ groups: { self, blocks }, feed }: HereProps<M>) {
  const { users: blocked } = useStore(blocks);
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
              id={user.userId}
              name={user.userName}
              note={blocked.has(user.userId) ? "blocked" : user.userId === self ? "you" : user.isGuest ? "guest" : null}
              here
            />
          ))}
        </ul>
      )}
    </>
  );
}

interface MembersProps<C extends Group<M>, M extends Placed> extends Omit<PeoplePanelProps<C, M>, "feed" | "onClose"> {
  readonly onGone: () => void;
}

function Members<C extends Group<M>, M extends Placed>(props: MembersProps<C, M>) {
  const { groups, group, groupId, memberNote, renderMemberAction, onGone } = props;
  const pages = useInfiniteQuery({
    queryKey: [MEMBERS, groupId],
    queryFn: async ({ pageParam }) => orThrow(await groups.members(groupId, pageParam)),
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
            id={member.id}
            name={shownName(member)}
            username={member.isGuest ? null : member.username}
            image={member.avatarUrl}
            note={(group === null ? null : memberNote?.(group, member)) ?? usualNote(member, groups.self)}
            action={
              member.id !== groups.self && (
                <>
                  <BlockButton blocks={groups.blocks} user={member} />
                  {group !== null && renderMemberAction?.(group, member, onGone)}
                </>
              )
            }
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

function usualNote({ id, isGuest }: User, self: string): string | null {
  if (id === self) return "you";
  return isGuest ? "guest" : null;
}

function Title({ words }: { readonly words: string }) {
  return <h3 className="pt-4 pb-1 text-xs font-semibold tracking-wide text-muted uppercase">{words}</h3>;
}

interface PersonItemProps {
  /** Whose account. */
  readonly id: string;
  readonly name: string;
  /** What they sign in with; nobody else has it. */
  readonly username?: string | null;
  readonly image?: string | null;
  /** What is to be known of them beside the name. */
  readonly note: string | null;
  readonly here?: boolean;
  /** What can be done with them. */
  readonly action?: ReactNode;
}

function PersonItem({ id, name, username = null, image = null, note, here = false, action }: PersonItemProps) {
  return (
    <li className="flex flex-wrap items-center gap-x-1 py-1.5">
      <span className="relative me-1.5">
        <Avatar id={id} name={name} image={image} className="size-8 text-sm" />
        {here && (
          <span aria-hidden="true" className="absolute end-0 bottom-0 size-2.5 rounded-full border-2 border-surface bg-good forced-colors:bg-[CanvasText]" />
        )}
      </span>
      <span className="min-w-0 flex-1 basis-0 leading-tight">
        {/* Its own direction, so that the end is cut off; but beside the picture. */}
        <span dir="auto" className="block truncate text-left" title={username === null ? `${name} · account ${id}` : name}>
          {name}
        </span>
        <span className="flex items-center gap-1.5 text-xs text-muted">
          {username !== null && (
            <bdi className="truncate" title={username}>
              @{username}
            </bdi>
          )}
          {note !== null && <span className="shrink-0 rounded-full border border-line-strong/60 px-1.5">{note}</span>}
        </span>
      </span>
      {action}
    </li>
  );
}

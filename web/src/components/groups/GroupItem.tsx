import type { Group } from "@parlour/sdk/group";
import type { Placed } from "@parlour/sdk/message-log";
import { memo } from "react";
import { counted } from "../../model/group-words.ts";
import type { GroupReader } from "../../model/message-readers.ts";
import { ListItem } from "../list/ListItem.tsx";
import { StatusMark } from "../timeline/MessageBubble.tsx";
import { GroupMark } from "./GroupMark.tsx";

interface GroupItemProps<M extends Placed> {
  readonly group: Group<M>;
  readonly read: GroupReader<M>;
  /** Where it is in the page. */
  readonly to: string;
  readonly isPrivate: boolean;
  /** One's own account. */
  readonly self: string;
  /** Whether what was said last was said by somebody whom one has blocked. */
  readonly hidesLast: boolean;
  /** Without a connection nobody knows who is there. */
  readonly connected: boolean;
  readonly isOpen: boolean;
  /** Whether Tab comes to it. */
  readonly isTabStop: boolean;
  readonly unread: number;
  /** When the present day began. */
  readonly today: number;
}

/** One group in the list: what it is called, what was said last, who is in it and what is unread. */
function DrawnItem<M extends Placed>(props: GroupItemProps<M>) {
  const { group, read, to, isPrivate, self, hidesLast, connected, isOpen, isTabStop, unread, today } = props;
  const { lastMessage } = group;
  return (
    <ListItem
      to={to}
      isOpen={isOpen}
      isTabStop={isTabStop}
      mark={<GroupMark name={group.name} isPrivate={isPrivate} />}
      name={group.name}
      lastAt={lastMessage === null ? null : read.timeOf(lastMessage)}
      today={today}
      last={hidesLast ? <i className="truncate">Hidden message</i> : <LastLine group={group} read={read} self={self} />}
      unread={unread}
    >
      <span className="flex items-center gap-1.5 text-xs text-muted">
        {isPrivate && (
          <>
            Private<span aria-hidden="true">·</span>
          </>
        )}
        {counted(group.memberCount, "member", "members")}
        {connected && group.activeCount > 0 && (
          <>
            <span aria-hidden="true">·</span>
            <span aria-hidden="true" className="size-1.5 rounded-full bg-good forced-colors:bg-[CanvasText]" />
            {group.activeCount.toLocaleString()} here
          </>
        )}
      </span>
    </ListItem>
  );
}

/** Drawn anew when something of it changes only: there may be hundreds. */
export const GroupItem = memo(DrawnItem) as typeof DrawnItem;

function LastLine<M extends Placed>({ group, read, self }: Pick<GroupItemProps<M>, "group" | "read" | "self">) {
  const { lastMessage, description } = group;
  if (lastMessage === null) {
    return <span className="truncate">{description === "" ? "Nothing was said yet" : <bdi>{description}</bdi>}</span>;
  }
  const isOwn = read.senderOf(lastMessage) === self;
  return (
    <span className="flex min-w-0 flex-1 gap-1">
      {isOwn ? (
        // Not as a name is drawn: nobody can be called so.
        <span className="flex shrink-0 items-center gap-1 font-semibold text-ink">
          <StatusMark status="sent" />
          You:
        </span>
      ) : (
        // The colon follows the name closely, also where that is cut.
        <span className="max-w-[45%] shrink-0 truncate">
          <bdi>{read.authorOf(lastMessage)}</bdi>:
        </span>
      )}
      {read.isDeletedOf(lastMessage) ? (
        <i>deleted</i>
      ) : (
        <bdi className="truncate">{read.textOf(lastMessage).slice(0, LONGEST)}</bdi>
      )}
    </span>
  );
}

/** More of a line than fits is of no use in the list. */
const LONGEST = 140;

import type { ListedDirect } from "@parlour/sdk/direct-inbox";
import { shownName } from "@parlour/sdk/user";
import { memo } from "react";
import { Link } from "react-router";
import { UnreadBadge } from "../../components/list/UnreadBadge.tsx";
import { PersonMark } from "../../components/PersonMark.tsx";
import { StatusMark } from "../../components/timeline/MessageBubble.tsx";
import { shortMoment } from "../../model/moments.ts";

interface ConversationItemProps {
  readonly conversation: ListedDirect;
  /** One's own account. */
  readonly self: string;
  /** Without a connection nobody knows who is there. */
  readonly connected: boolean;
  readonly isOpen: boolean;
  readonly unread: number;
  /** When the present day began. */
  readonly today: number;
}

/**
 * One conversation in the list: with whom, whether they are there, what was said last and what is
 * unread. Drawn anew when something of it changes only.
 */
export const ConversationItem = memo(function ConversationItem(props: ConversationItemProps) {
  const { conversation, self, connected, isOpen, unread, today } = props;
  const { conversation_id, other_user, is_online, last_message } = conversation;
  const name = shownName(other_user);
  const online = connected && is_online;
  return (
    <Link
      to={`/direct/${encodeURIComponent(conversation_id)}`}
      aria-current={isOpen ? "page" : undefined}
      className={`flex items-center gap-3 rounded-2xl px-2.5 py-2 -outline-offset-3! ${isOpen ? "bg-sunk" : "hover:bg-sunk/60"}`}
    >
      <PersonMark name={name} image={other_user.avatarUrl} online={online} />
      <span className="min-w-0 flex-1 leading-snug">
        <span className="flex items-baseline justify-between gap-2">
          <bdi className={`truncate ${unread > 0 ? "font-bold" : "font-semibold"}`} title={name}>
            {name}
          </bdi>
          {online && <span className="sr-only">online</span>}
          {last_message !== null && (
            <time dateTime={last_message.created_at} className="ms-auto shrink-0 text-xs text-muted">
              {shortMoment(Date.parse(last_message.created_at), today)}
            </time>
          )}
        </span>
        <span className="flex items-center justify-between gap-2 text-sm text-muted">
          <LastLine conversation={conversation} self={self} />
          {unread > 0 && <UnreadBadge count={unread} />}
        </span>
      </span>
    </Link>
  );
});

/** More of a line than fits is of no use in the list. */
const LONGEST = 140;

function LastLine({ conversation, self }: Pick<ConversationItemProps, "conversation" | "self">) {
  const { last_message: last, otherLastReadSeq } = conversation;
  if (last === null) return <span className="truncate">Nothing was said yet</span>;
  const isRead = last.is_read || last.seq <= otherLastReadSeq;
  return (
    <span className="flex min-w-0 flex-1 items-center gap-1">
      {last.sender_id === self && (
        <>
          <StatusMark status={isRead ? "read" : "sent"} />
          <span className="sr-only">You:</span>
        </>
      )}
      {last.deleted ? <i>deleted</i> : <bdi className="truncate">{last.message_text.slice(0, LONGEST)}</bdi>}
    </span>
  );
}

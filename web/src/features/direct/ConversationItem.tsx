import type { ListedDirect } from "@parlour/sdk/direct-inbox";
import { shownName } from "@parlour/sdk/user";
import { memo } from "react";
import { ListItem } from "../../components/list/ListItem.tsx";
import { PersonMark } from "../../components/PersonMark.tsx";
import { StatusMark } from "../../components/timeline/MessageBubble.tsx";

interface ConversationItemProps {
  readonly conversation: ListedDirect;
  /** One's own account. */
  readonly self: string;
  /** Without a connection nobody knows who is there. */
  readonly connected: boolean;
  readonly isOpen: boolean;
  /** Whether Tab comes to it. */
  readonly isTabStop: boolean;
  readonly unread: number;
  /** When the present day began. */
  readonly today: number;
}

/**
 * One conversation in the list: with whom, whether they are there, what was said last and what is
 * unread. Drawn anew when something of it changes only.
 */
export const ConversationItem = memo(function ConversationItem(props: ConversationItemProps) {
  const { conversation, self, connected, isOpen, isTabStop, unread, today } = props;
  const { conversation_id, other_user, is_online, last_message } = conversation;
  const name = shownName(other_user);
  const online = connected && is_online;
  return (
    <ListItem
      to={`/direct/${encodeURIComponent(conversation_id)}`}
      isOpen={isOpen}
      isTabStop={isTabStop}
      mark={<PersonMark id={other_user.id} name={name} image={other_user.avatarUrl} online={online} />}
      name={name}
      aside={online && <span className="sr-only">online</span>}
      lastAt={last_message?.created_at ?? null}
      today={today}
      last={<LastLine conversation={conversation} self={self} />}
      unread={unread}
    />
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

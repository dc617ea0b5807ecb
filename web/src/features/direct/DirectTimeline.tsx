import type { DirectMessage } from "@parlour/sdk/direct-events";
import type { DirectFeed } from "@parlour/sdk/direct-feed";
import type { ParlourError } from "@parlour/sdk/errors";
import { shownName, type User } from "@parlour/sdk/user";
import { useCallback } from "react";
import { EarlyLines } from "../../components/timeline/EarlyLines.tsx";
import { EmptyTimeline } from "../../components/timeline/EmptyTimeline.tsx";
import { MessageBubble } from "../../components/timeline/MessageBubble.tsx";
import { MessageTimeline } from "../../components/timeline/MessageTimeline.tsx";
import { TimelinePhase } from "../../components/timeline/TimelinePhase.tsx";
import { useStore } from "../../components/use-store.ts";
import type { Direct } from "../../model/direct.ts";
import { errorWords } from "../../model/error-words.ts";
import { DIRECT_MESSAGES } from "../../model/message-readers.ts";
import { othersName } from "../../model/names.ts";
import type { TimelineRow } from "../../model/timeline-rows.ts";

interface DirectTimelineProps {
  readonly direct: Direct;
  readonly feed: DirectFeed;
  readonly id: string;
  /** The other one. */
  readonly user: User;
  readonly connected: boolean;
}

/** The messages between two, or why there are none to be seen, and how far the other one has read one's own. */
export function DirectTimeline({ direct, feed, id, user, connected }: DirectTimelineProps) {
  const { phase } = useStore(feed);
  const otherRead = useStore(feed.otherRead);
  const name = shownName(user);
  const { self } = direct;
  const renderMessage = useCallback(
    (message: DirectMessage, row: TimelineRow<DirectMessage>) => (
      <DirectRow message={message} row={row} mine={message.sender_id === self} otherId={user.id} name={name} otherRead={otherRead} />
    ),
    [self, user.id, name, otherRead],
  );
  const failureWords = useCallback(
    (error: ParlourError) => (error.code === "not_found" ? `${name} cannot be written to.` : errorWords(error)),
    [name],
  );
  const label = `Messages with ${name}`;
  const shared = { model: direct, feed, id, label, read: DIRECT_MESSAGES, connected, failureWords };
  return (
    <TimelinePhase phase={phase} onRetry={() => feed.retry()} early={<EarlyLines {...shared} />}>
      <MessageTimeline
        {...shared}
        beginning={
          <>
            This is where you and <bdi className="font-semibold">{name}</bdi> began.
          </>
        }
        renderEmpty={(onShown) => (
          <EmptyTimeline title="Say hello." onShown={onShown}>
            Nothing was said between you and <bdi>{name}</bdi> yet. No other account can read it.
          </EmptyTimeline>
        )}
        renderMessage={renderMessage}
      />
    </TimelinePhase>
  );
}

interface DirectRowProps {
  readonly message: DirectMessage;
  readonly row: TimelineRow<DirectMessage>;
  readonly mine: boolean;
  readonly otherId: string;
  /** What the other one is called. */
  readonly name: string;
  /** How far the other one has read. */
  readonly otherRead: number;
}

function DirectRow({ message, row, mine, otherId, name, otherRead }: DirectRowProps) {
  const isRead = message.is_read || message.seq <= otherRead;
  return (
    <MessageBubble
      mine={mine}
      author={othersName(name)}
      authorId={otherId}
      showsAuthor={false}
      image={null}
      isGuest={false}
      text={message.deleted ? null : message.message_text}
      at={Date.parse(message.created_at)}
      status={mine && isRead ? "read" : "sent"}
      first={row.first}
      last={row.last}
      // Within lines that stand together, too, it is to be seen how far they were read.
      showsTime={mine && message.seq === otherRead}
    />
  );
}

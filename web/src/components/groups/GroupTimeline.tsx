import type { ShownMessage } from "@parlour/sdk/channel-events";
import type { Group } from "@parlour/sdk/group";
import type { Placed } from "@parlour/sdk/message-log";
import { Value } from "@parlour/sdk/store";
import { shownName } from "@parlour/sdk/user";
import { useCallback, useMemo } from "react";
import type { GroupFeedView, GroupView } from "../../model/group-view.ts";
import { othersName } from "../../model/names.ts";
import type { GroupReader } from "../../model/message-readers.ts";
import type { ShownLine, TimelineRow } from "../../model/timeline-rows.ts";
import { EarlyLines } from "../timeline/EarlyLines.tsx";
import { EmptyTimeline } from "../timeline/EmptyTimeline.tsx";
import { MessageBubble } from "../timeline/MessageBubble.tsx";
import { MessageTimeline } from "../timeline/MessageTimeline.tsx";
import { TimelinePhase, type Phase } from "../timeline/TimelinePhase.tsx";
import { useStore } from "../use-store.ts";

interface GroupTimelineProps<C extends Group<M>, M extends Placed> {
  readonly groups: GroupView<C, M>;
  readonly feed: GroupFeedView<M>;
  readonly phase: Phase;
  readonly groupId: string;
  readonly name: string;
  readonly connected: boolean;
}

const NOTHING_SHOWN = new Value<readonly ShownMessage[]>([]);

/** The messages of a group, and who came and went; or why nothing is to be seen. */
export function GroupTimeline<C extends Group<M>, M extends Placed>(props: GroupTimelineProps<C, M>) {
  const { groups, feed, phase, groupId, name, connected } = props;
  const { read, self } = groups;
  const { comings } = useStore(feed.people);
  const { users: blocked } = useStore(groups.blocks);
  const messages = useStore(feed.shown ?? NOTHING_SHOWN);
  const shown = useMemo(() => messages.map((message) => shownLine(message, self)), [messages, self]);
  const renderMessage = useCallback(
    (message: M, row: TimelineRow<M>) => <GroupMessageRow message={message} row={row} read={read} self={self} />,
    [read, self],
  );
  const shared = { model: groups, feed, id: groupId, label: `Messages in ${name}`, read, connected };
  return (
    <TimelinePhase phase={phase} onRetry={() => feed.retry()} early={<EarlyLines {...shared} />}>
      <MessageTimeline
        {...shared}
        comings={comings}
        shown={shown}
        hidden={blocked}
        beginning={
          <>
            This is where <bdi className="font-semibold">{name}</bdi> begins.
          </>
        }
        renderEmpty={(onShown) => (
          <EmptyTimeline title="It is quiet in here." onShown={onShown}>
            Nothing was said in <bdi>{name}</bdi> yet. Say the first word.
          </EmptyTimeline>
        )}
        renderMessage={renderMessage}
      />
    </TimelinePhase>
  );
}

interface GroupMessageRowProps<M extends Placed> {
  readonly message: M;
  readonly row: TimelineRow<M>;
  readonly read: GroupReader<M>;
  readonly self: string;
}

function GroupMessageRow<M extends Placed>({ message, row, read, self }: GroupMessageRowProps<M>) {
  return (
    <MessageBubble
      mine={read.senderOf(message) === self}
      author={read.authorOf(message)}
      authorId={read.senderOf(message)}
      authorMark={read.authorMarkOf(message)}
      image={read.imageOf(message)}
      isGuest={read.isGuestOf(message)}
      text={read.isDeletedOf(message) ? null : read.textOf(message)}
      at={Date.parse(read.timeOf(message))}
      status="sent"
      first={row.first}
      last={row.last}
    />
  );
}

/** One's own keeps the name that it was written under, in another tab too. */
function shownLine({ tempId, clientId, sender, body, createdAt }: ShownMessage, self: string): ShownLine {
  return {
    key: sender.id === self ? (clientId ?? tempId) : tempId,
    senderId: sender.id,
    author: sender.id === self ? shownName(sender) : othersName(shownName(sender)),
    authorMark: `@${sender.username}`,
    image: sender.avatarUrl,
    isGuest: sender.isGuest,
    text: body,
    at: Date.parse(createdAt),
  };
}

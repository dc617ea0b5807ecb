import type { ParlourError } from "@parlour/sdk/errors";
import type { Placed } from "@parlour/sdk/message-log";
import type { Outgoing, OutgoingStatus } from "@parlour/sdk/outgoing";
import { memo, type ReactNode } from "react";
import { dayName } from "../../model/moments.ts";
import { comingsWords } from "../../model/group-words.ts";
import { isSameRow, type ShownLine, type TimelineRow } from "../../model/timeline-rows.ts";
import { HiddenRow } from "./HiddenRow.tsx";
import { LineFailure } from "./LineFailure.tsx";
import { LineUnanswered } from "./LineUnanswered.tsx";
import { MessageBubble, type BubbleStatus } from "./MessageBubble.tsx";
import { OwnBubble } from "./OwnBubble.tsx";

interface TimelineRowViewProps<M extends Placed> {
  readonly row: TimelineRow<M>;
  /** One's own account. */
  readonly self: string;
  readonly connected: boolean;
  /** When the present day began. */
  readonly today: number;
  /** Above the first message that there ever was. */
  readonly beginning: ReactNode;
  readonly failureWords: ((error: ParlourError) => string) | undefined;
  readonly renderMessage: (message: M, row: TimelineRow<M>) => ReactNode;
  readonly onRetry: (clientId: string) => void;
  readonly onDiscard: (clientId: string) => void;
  /** Shows hidden lines, by key; there are none without. */
  readonly onShow?: (keys: readonly string[]) => void;
}

/**
 * One row of a timeline, with the day and the line of what is new above it. While one scrolls it stays as
 * it was drawn.
 */
export const TimelineRowView = memo(TimelineRowDrawn, isDrawnSame) as typeof TimelineRowDrawn;

function isDrawnSame<M extends Placed>(one: TimelineRowViewProps<M>, other: TimelineRowViewProps<M>): boolean {
  const { row, beginning, connected, ...rest } = one;
  const { row: otherRow, beginning: otherBeginning, connected: otherConnected, ...others } = other;
  const names = Object.keys(rest) as (keyof typeof rest)[];
  if (!isSameRow(row, otherRow) || names.some((name) => rest[name] !== others[name])) return false;
  if (row.entry.kind === "beginning") return beginning === otherBeginning;
  return row.entry.kind !== "outgoing" || connected === otherConnected;
}

function TimelineRowDrawn<M extends Placed>(props: TimelineRowViewProps<M>) {
  const { day, isNew } = props.row;
  return (
    <>
      {day !== null && (
        <p className="flex items-center gap-3 px-5 pt-4 pb-1 text-xs font-semibold text-muted before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
          {dayName(day, props.today)}
        </p>
      )}
      {isNew && (
        <p className="flex items-center gap-3 px-5 pt-3 text-xs font-semibold text-accent before:h-px before:flex-1 before:bg-accent after:h-px after:flex-1 after:bg-accent">
          New messages
        </p>
      )}
      <Content {...props} />
    </>
  );
}

function Content<M extends Placed>({ row, self, beginning, renderMessage, onShow, ...rest }: TimelineRowViewProps<M>) {
  const { entry } = row;
  switch (entry.kind) {
    case "beginning":
      return (
        <p className="px-5 pt-8 pb-2 text-center text-sm text-pretty text-muted [overflow-wrap:anywhere]">{beginning}</p>
      );
    case "comings":
      return (
        <p className="px-5 pt-3 pb-1 text-center text-xs text-muted [overflow-wrap:anywhere]">
          {comingsWords(entry.comings)}
        </p>
      );
    case "hidden":
      return onShow !== undefined && <HiddenRow lines={entry} onShow={onShow} />;
    case "message":
      return renderMessage(entry.message, row);
    case "shown":
      return <ShownBubble line={entry.line} self={self} first={row.first} last={row.last} />;
    case "outgoing":
      return <OutgoingBubble self={self} outgoing={entry.outgoing} first={row.first} last={row.last} {...rest} />;
  }
}

interface ShownBubbleProps {
  readonly line: ShownLine;
  readonly self: string;
  readonly first: boolean;
  readonly last: boolean;
}

/** Another's, or one's own from another tab, that is not stored yet. */
function ShownBubble({ line, self, first, last }: ShownBubbleProps) {
  const mine = line.senderId === self;
  return (
    <MessageBubble
      mine={mine}
      author={line.author}
      authorId={line.senderId}
      authorMark={line.authorMark}
      image={line.image}
      isGuest={line.isGuest}
      text={line.text}
      at={line.at}
      status={mine ? "storing" : "unconfirmed"}
      first={first}
      last={last}
    />
  );
}

interface OutgoingBubbleProps {
  readonly self: string;
  readonly outgoing: Outgoing;
  readonly first: boolean;
  readonly last: boolean;
  readonly connected: boolean;
  readonly failureWords: ((error: ParlourError) => string) | undefined;
  readonly onRetry: (clientId: string) => void;
  readonly onDiscard: (clientId: string) => void;
}

function OutgoingBubble({ self, outgoing, first, last, connected, failureWords, onRetry, onDiscard }: OutgoingBubbleProps) {
  const { clientId, text, at, isKept, status } = outgoing;
  const retry = (): void => onRetry(clientId);
  return (
    <>
      <OwnBubble
        self={self}
        text={text}
        at={at}
        status={bubbleStatus(status, connected)}
        isKept={isKept}
        first={first}
        last={last}
      />
      {status.kind === "unanswered" && (
        <div className="flex flex-col items-end px-3 sm:px-5">
          <LineUnanswered onRetry={retry} />
        </div>
      )}
      {status.kind === "failed" && (
        <div className="flex flex-col items-end px-3 sm:px-5">
          <LineFailure
            error={status.error}
            {...(failureWords === undefined ? {} : { words: failureWords })}
            onRetry={retry}
            onDiscard={() => onDiscard(clientId)}
          />
        </div>
      )}
    </>
  );
}

function bubbleStatus({ kind }: OutgoingStatus, connected: boolean): BubbleStatus {
  if (kind === "failed" || kind === "unanswered") return "failed";
  if (!connected) return "waiting";
  return kind === "shown" ? "storing" : "sending";
}

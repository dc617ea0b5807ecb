import { LineFailure } from "../../components/timeline/LineFailure.tsx";
import { dayName } from "../../model/moments.ts";
import type { RoomRow } from "../../model/room-rows.ts";
import { comingsWords } from "../../model/room-words.ts";
import { MessageBubble } from "./MessageBubble.tsx";

interface RoomRowViewProps {
  readonly row: RoomRow;
  /** One's own account. */
  readonly self: string;
  readonly name: string;
  readonly connected: boolean;
  /** When the present day began. */
  readonly today: number;
  readonly onRetry: (clientId: string) => void;
  readonly onDiscard: (clientId: string) => void;
}

/** One row of a room's timeline, with the day and the line of what is new above it. */
export function RoomRowView(props: RoomRowViewProps) {
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

function Content({ row, self, name, connected, onRetry, onDiscard }: RoomRowViewProps) {
  const { entry } = row;
  switch (entry.kind) {
    case "beginning":
      return (
        <p className="px-5 pt-8 pb-2 text-center text-sm text-pretty text-muted [overflow-wrap:anywhere]">
          This is where <bdi className="font-semibold">{name}</bdi> begins.
        </p>
      );
    case "comings":
      return (
        <p className="px-5 pt-3 pb-1 text-center text-xs text-muted [overflow-wrap:anywhere]">
          {comingsWords(entry.comings)}
        </p>
      );
    case "message": {
      const { message } = entry;
      return (
        <MessageBubble
          mine={message.sender === self}
          author={message.senderName}
          image={message.senderImage}
          isGuest={message.senderIsGuest}
          text={message.deleted ? null : message.content}
          at={Date.parse(message.timestamp)}
          status="sent"
          first={row.first}
          last={row.last}
        />
      );
    }
    case "outgoing": {
      const { clientId, text, at, status } = entry.outgoing;
      const failed = status.kind === "failed";
      return (
        <>
          <MessageBubble
            mine
            author="You"
            image={null}
            isGuest={false}
            text={text}
            at={at}
            status={failed ? "failed" : connected ? "sending" : "waiting"}
            first={row.first}
            last={row.last}
          />
          {failed && (
            <div className="flex flex-col items-end px-3 sm:px-5">
              <LineFailure
                error={status.error}
                onRetry={() => onRetry(clientId)}
                onDiscard={() => onDiscard(clientId)}
              />
            </div>
          )}
        </>
      );
    }
  }
}

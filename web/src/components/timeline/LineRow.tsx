import type { Line } from "../../model/line.ts";
import { clockTime, fullMoment } from "../../model/moments.ts";
import { Icon } from "../ui/Icon.tsx";
import { LineFailure } from "./LineFailure.tsx";
import { LineText } from "./LineText.tsx";
import type { Row } from "./rows.ts";

interface LineRowProps {
  readonly row: Row;
  readonly retryable: boolean;
  readonly onRetry: (key: string) => void;
  readonly onDiscard: (key: string) => void;
}

/**
 * One line: own ones on the right in ember, the other's on the left on paper. Its text is clipped
 * to it: stacked combining marks would paint over the lines around.
 */
export function LineRow({ row, retryable, onRetry, onDiscard }: LineRowProps) {
  const { line, first, last } = row;
  const side = line.mine ? "items-end" : "items-start";
  return (
    <div className={`flex flex-col px-3 sm:px-5 ${side} ${first ? "pt-3" : "pt-1"}`}>
      {first && !line.mine && (
        <bdi className="mb-1 max-w-full truncate px-3 text-xs font-semibold text-plum">{line.author}</bdi>
      )}
      <div
        className={`max-w-[86%] overflow-clip px-4 py-2 text-pretty whitespace-pre-wrap shadow-xs [overflow-wrap:anywhere] sm:max-w-[75%] ${look(line, last)}`}
      >
        {(line.mine || !first) && (
          <span className="sr-only">{line.mine ? "You: " : `${line.author}: `}</span>
        )}
        <div dir="auto">
          <LineText text={line.text} />
        </div>
      </div>
      {line.status.kind === "failed" ? (
        <LineFailure
          error={line.status.error}
          onRetry={retryable ? () => onRetry(line.key) : null}
          onDiscard={() => onDiscard(line.key)}
        />
      ) : (
        (last || line.status.kind === "pending") && <Meta line={line} />
      )}
    </div>
  );
}

function look(line: Line, last: boolean): string {
  if (!line.mine) return `border border-line bg-surface rounded-3xl ${last ? "rounded-es-md" : ""}`;
  const tone = line.status.kind === "sent" ? "" : "opacity-75";
  return `bg-own text-on-own rounded-3xl ${tone} ${last ? "rounded-ee-md" : ""}`;
}

/** The time, and for one's own lines whether the server has them. */
function Meta({ line }: { readonly line: Line }) {
  const pending = line.status.kind === "pending";
  const at = new Date(line.at);
  return (
    <div className="mt-1 flex items-center gap-1 px-3 text-xs text-muted">
      <time dateTime={at.toISOString()} title={fullMoment(at)}>
        {clockTime(at)}
      </time>
      {line.mine && <Icon name={pending ? "clock" : "check"} className="size-3.5" />}
      {line.mine && <span className="sr-only">{pending ? "being sent" : "sent"}</span>}
    </div>
  );
}

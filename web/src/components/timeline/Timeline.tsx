import type { Line, Lines } from "../../model/line.ts";
import { FollowingList } from "./FollowingList.tsx";
import { LineRow } from "./LineRow.tsx";
import { rowAt } from "./rows.ts";
import { estimateBubble } from "./use-following-list.ts";

interface TimelineProps {
  readonly lines: Lines;
  readonly label: string;
  readonly canRetry: (line: Line) => boolean;
  readonly onRetry: (key: string) => void;
  readonly onDiscard: (key: string) => void;
}

/** The lines of a chat with a stranger. */
export function Timeline({ lines, label, canRetry, onRetry, onDiscard }: TimelineProps) {
  const { rows, dropped } = lines;
  const total = dropped + rows.length;
  const newest = rows.at(-1);
  return (
    <FollowingList
      label={label}
      count={rows.length}
      end={total}
      newsSince={(seen) => ({ count: total - seen, isAtLeast: false })}
      keyAt={(index) => rows[index]?.key ?? ""}
      estimateAt={(index) => estimateBubble(rows[index]?.text ?? "")}
      ownKey={newest?.mine === true ? newest.key : null}
      above={
        dropped > 0 && (
          <p className="px-5 py-3 text-center text-xs text-muted">
            {dropped.toLocaleString()} earlier lines of this chat are no longer kept.
          </p>
        )
      }
      renderRow={(index) => {
        const row = rowAt(rows, index);
        return (
          row !== undefined && (
            <LineRow row={row} retryable={canRetry(row.line)} onRetry={onRetry} onDiscard={onDiscard} />
          )
        );
      }}
    />
  );
}

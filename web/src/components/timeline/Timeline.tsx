import { useState } from "react";
import type { Line, Lines } from "../../model/line.ts";
import { Button } from "../ui/Button.tsx";
import { LineRow } from "./LineRow.tsx";
import { rowAt } from "./rows.ts";
import { useFollowingList } from "./use-following-list.ts";

interface TimelineProps {
  readonly lines: Lines;
  readonly label: string;
  readonly canRetry: (line: Line) => boolean;
  readonly onRetry: (key: string) => void;
  readonly onDiscard: (key: string) => void;
}

/**
 * The lines, only those near the view in the page. It follows new ones at the end; higher up it
 * stays put and counts them. It is not read out by itself: the announcer does that.
 */
export function Timeline({ lines, label, canRetry, onRetry, onDiscard }: TimelineProps) {
  const { rows, dropped } = lines;
  const { scroller, virtualizer, atEnd, noteScroll } = useFollowingList(rows);
  const total = dropped + rows.length;
  const [seen, setSeen] = useState(total);
  if ((atEnd || total < seen) && seen !== total) setSeen(total);

  return (
    <div className="relative min-h-0 flex-1">
      <div
        ref={scroller}
        role="log"
        aria-live="off"
        aria-label={label}
        tabIndex={0}
        className="flex h-full flex-col overflow-x-hidden overflow-y-auto overscroll-contain focus-visible:outline-2 focus-visible:-outline-offset-3"
        onScroll={noteScroll}
      >
        {dropped > 0 && (
          <p className="px-5 py-3 text-center text-xs text-muted">
            {dropped.toLocaleString()} earlier lines of this chat are no longer kept.
          </p>
        )}
        <div className="relative mt-auto w-full shrink-0" style={{ height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map((item) => {
            const row = rowAt(rows, item.index);
            if (row === undefined) return null;
            return (
              <div
                key={item.key}
                ref={virtualizer.measureElement}
                data-index={item.index}
                className="absolute inset-x-0 top-0"
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <LineRow
                  row={row}
                  retryable={canRetry(row.line)}
                  onRetry={onRetry}
                  onDiscard={onDiscard}
                />
              </div>
            );
          })}
        </div>
      </div>
      {!atEnd && total > seen && (
        <div className="absolute inset-x-0 bottom-3 flex justify-center">
          <Button look="primary" icon="down" onClick={() => virtualizer.scrollToEnd()}>
            {total - seen} new
          </Button>
        </div>
      )}
    </div>
  );
}

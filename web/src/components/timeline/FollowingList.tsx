import { useEffect, useState, type ReactNode } from "react";
import type { News } from "../../model/news.ts";
import { Button } from "../ui/Button.tsx";
import { buttonLook } from "../ui/button-look.ts";
import { Icon } from "../ui/Icon.tsx";
import { useFollowingList, type FollowingListOptions } from "./use-following-list.ts";

interface FollowingListProps<E> extends FollowingListOptions {
  readonly label: string;
  /** What is at the end now; the same as before while that is the same. */
  readonly end: E;
  /** How much has come since one was at that end; less than nothing, if that end is no measure any more. */
  readonly newsSince: (end: E) => News;
  /** Whether older rows might cost those in view, down to `lowest`: then they are not asked for. */
  readonly olderCosts?: (lowest: number) => boolean;
  /** Whether newer rows might cost those in view, up to `highest`. */
  readonly newerCosts?: (highest: number) => boolean;
  readonly renderRow: (index: number) => ReactNode;
  /** Before the first row. */
  readonly above?: ReactNode;
  /** Over the first rows, taking no room from them. */
  readonly over?: ReactNode;
  /** Told when the newest row comes into view or goes out of it. */
  readonly onAtEnd?: (atEnd: boolean) => void;
  /** Told when one is near the first row, once for each `keyAt(0)`. */
  readonly onNearStart?: () => void;
  /** Told when one is near the last row while there are newer ones, once for each last row. */
  readonly onNearEnd?: () => void;
  /** Shows the newest rows, before it is scrolled to them. */
  readonly onToEnd?: () => void;
  /** Given what says which row one looks at (`null`: the newest), until the returned function is called. */
  readonly onLook?: (keySeen: () => string | null) => () => void;
}

/**
 * The rows of a conversation, only those near the view in the page. It follows new ones at the end;
 * higher up it stays put and counts them. It is not read out by itself: the announcer does that.
 */
export function FollowingList<E>(props: FollowingListProps<E>) {
  const { label, end, newsSince, olderCosts, newerCosts, renderRow, above, over, onAtEnd, onNearStart, onNearEnd, onToEnd, onLook, ...options } = props;
  const { scroller, virtualizer, atEnd, nearStart, nearEnd, farFromEnd, noteScroll, goToEnd } = useFollowingList(options);
  const [seen, setSeen] = useState(() => end);
  const news = newsSince(seen);
  if ((atEnd || news.count < 0) && seen !== end) setSeen(() => end);

  useEffect(() => onAtEnd?.(atEnd), [atEnd, onAtEnd]);

  const items = virtualizer.getVirtualItems();
  // Hundreds of messages may be a few rows, where people said them whom one has blocked.
  const { startIndex = 0, endIndex = options.count - 1 } = virtualizer.range ?? {};
  const takesOlder = nearStart && olderCosts?.(endIndex) !== true;
  const takesNewer = nearEnd && newerCosts?.(startIndex) !== true;
  const firstKey = options.count > 0 ? options.keyAt(0) : null;
  useEffect(() => {
    if (takesOlder && firstKey !== null) onNearStart?.();
  }, [takesOlder, firstKey, onNearStart]);

  const lastKey = options.hasNewer === true ? options.keyAt(options.count - 1) : null;
  useEffect(() => {
    if (takesNewer && lastKey !== null) onNearEnd?.();
  }, [takesNewer, lastKey, onNearEnd]);

  useEffect(
    () => onLook?.(() => (atEnd ? null : `${virtualizer.getVirtualItemForOffset(virtualizer.scrollOffset ?? 0)?.key ?? ""}`)),
    [atEnd, virtualizer, onLook],
  );

  function toEnd(): void {
    goToEnd(onToEnd);
    scroller.current?.focus({ preventScroll: true });
  }

  return (
    <div className="relative min-h-0 flex-1">
      <div
        ref={scroller}
        role="log"
        aria-live="off"
        aria-label={label}
        tabIndex={0}
        className="flex h-full flex-col overflow-x-hidden overflow-y-auto overscroll-contain [overflow-anchor:none] focus-visible:outline-2 focus-visible:-outline-offset-3"
        onScroll={noteScroll}
      >
        {above}
        <div className="relative mt-auto w-full shrink-0" style={{ height: virtualizer.getTotalSize() }}>
          {items.map((item) => (
            <div
              key={item.key}
              ref={virtualizer.measureElement}
              role="article"
              data-index={item.index}
              className="absolute inset-x-0 top-0"
              style={{ transform: `translateY(${item.start}px)` }}
            >
              {renderRow(item.index)}
            </div>
          ))}
        </div>
      </div>
      {over}
      <WayToEnd news={atEnd ? NO_NEWS : news} far={farFromEnd} onClick={toEnd} />
    </div>
  );
}

const NO_NEWS: News = { count: 0, isAtLeast: false };

interface WayToEndProps {
  /** What came that one has not been to. */
  readonly news: News;
  /** Whether the newest row is more than a screen away. */
  readonly far: boolean;
  readonly onClick: () => void;
}

/** The way to the newest row, while one is elsewhere. */
function WayToEnd({ news, far, onClick }: WayToEndProps) {
  if (news.count > 0) {
    return (
      <div className="pointer-events-none absolute inset-x-0 bottom-3 flex justify-center">
        <Button look="primary" icon="down" className="pointer-events-auto" onClick={onClick}>
          {news.count}
          {news.isAtLeast && "+"} new
        </Button>
      </div>
    );
  }
  if (!far) return null;
  const look = `${buttonLook("quiet")} absolute end-4 bottom-3 shadow-md`;
  return (
    <button type="button" aria-label="To the newest message" className={look} onClick={onClick}>
      <Icon name="down" className="size-5" />
    </button>
  );
}

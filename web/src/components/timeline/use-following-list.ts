import { useVirtualizer, type VirtualItem, type Virtualizer } from "@tanstack/react-virtual";
import { useEffect, useLayoutEffect, useRef, useState, type RefObject } from "react";
import { flushSync } from "react-dom";
import { rowsNear } from "./near-rows.ts";

/** Within this many pixels of the end, the list follows what comes. */
const AT_END_PX = 48;
/** So many pixels before the first row, what is older is asked for: it is there when one is. Newer, too. */
const NEAR_PX = 1_200;
const LINE_HEIGHT_PX = 24;
const BUBBLE_PADDING_PX = 22;

export interface FollowingListOptions {
  readonly count: number;
  /** What a row is called for life, whatever comes before it. */
  readonly keyAt: (index: number) => string;
  /** A guess at a row's height until it is measured. */
  readonly estimateAt: (index: number) => number;
  /** The newest row, if it is one's own: one has just written it, and wants to see it. */
  readonly ownKey: string | null;
  /** Whether there are newer rows than these: then their end is not the end. */
  readonly hasNewer?: boolean;
}

interface FollowingList {
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly virtualizer: Virtualizer<HTMLDivElement, Element>;
  /** Whether the newest line is in view, and new ones will be. */
  readonly atEnd: boolean;
  /** Whether the first row is in view, or soon will be. */
  readonly nearStart: boolean;
  /** Whether the last row is in view, or soon will be. */
  readonly nearEnd: boolean;
  /** Whether the newest line is more than a screen away. */
  readonly farFromEnd: boolean;
  /** To be called when `scroller` scrolls. */
  readonly noteScroll: () => void;
  /** Goes to the newest row, once `show` has put it there. */
  readonly goToEnd: (show: (() => void) | undefined) => void;
}

/**
 * Which rows are in the page. It stays at the end while one is there, and goes there for own lines;
 * higher up, the row that one reads stays where it is, whatever comes above or below.
 */
export function useFollowingList(options: FollowingListOptions): FollowingList {
  const { count, keyAt, estimateAt, ownKey, hasNewer = false } = options;
  const scroller = useRef<HTMLDivElement>(null);
  const [where, setWhere] = useState(AT_END);
  const { atEnd } = where;
  const layout = useRef({ scrollTop: 0, room: 0 });
  const virtualizer = useVirtualizer<HTMLDivElement, Element>({
    count,
    getScrollElement: () => scroller.current,
    getItemKey: keyAt,
    estimateSize: estimateAt,
    rangeExtractor: (range) => rowsNear(range, estimateAt),
    anchorTo: "end",
    // At the end of these rows one is not yet at the end.
    followOnAppend: atEnd,
    scrollEndThreshold: AT_END_PX,
    paddingEnd: 8,
    initialOffset: () => aboveEnd(count, estimateAt),
  });

  useLayoutEffect(() => keepReading(virtualizer), [virtualizer]);
  useLayoutEffect(() => forgetGone(virtualizer, count, keyAt));

  useEffect(() => {
    if (ownKey !== null) virtualizer.scrollToEnd();
  }, [ownKey, virtualizer]);

  useEffect(() => {
    const element = scroller.current;
    if (element === null || !atEnd) return;
    // The keyboard of a phone, or a longer field, takes room from the list; larger letters need more in it.
    const observer = new ResizeObserver(() => {
      virtualizer.scrollToEnd();
      // A short list does not scroll, and says nothing.
      const nearStart = virtualizer.getTotalSize() - element.clientHeight <= NEAR_PX;
      setWhere((before) => (before.nearStart === nearStart ? before : { ...before, nearStart }));
    });
    for (const sized of [element, ...element.children]) observer.observe(sized);
    return () => observer.disconnect();
  }, [atEnd, virtualizer]);

  function noteScroll(): void {
    const element = scroller.current;
    if (element === null) return;
    // Measured here: the virtualizer hears of the same scroll only after this.
    const { scrollTop, scrollHeight, clientHeight } = element;
    const below = scrollHeight - scrollTop - clientHeight;
    const before = layout.current;
    layout.current = { scrollTop, room: scrollHeight - clientHeight };
    // Not everything that scrolls is a person: with another size of the window the end is elsewhere.
    const isPushed = atEnd && scrollTop >= before.scrollTop && scrollHeight - clientHeight !== before.room;
    const next: Where = {
      atEnd: !hasNewer && (below <= AT_END_PX || isPushed),
      nearStart: scrollTop <= NEAR_PX,
      nearEnd: below <= NEAR_PX,
      farFromEnd: hasNewer || below > clientHeight,
    };
    setWhere((present) => (isSameWhere(present, next) ? present : next));
  }

  function goToEnd(show: (() => void) | undefined): void {
    // The rows have to be there before one can go to them.
    flushSync(() => {
      setWhere(AT_END);
      show?.();
    });
    virtualizer.scrollToEnd();
  }

  return { scroller, virtualizer, ...where, noteScroll, goToEnd };
}

type Where = Pick<FollowingList, "atEnd" | "nearStart" | "nearEnd" | "farFromEnd">;

const AT_END: Where = { atEnd: true, nearStart: false, nearEnd: true, farFromEnd: false };

function isSameWhere(one: Where, other: Where): boolean {
  return (
    one.atEnd === other.atEnd &&
    one.nearStart === other.nearStart &&
    one.nearEnd === other.nearEnd &&
    one.farFromEnd === other.farFromEnd
  );
}

/**
 * What changes its height above the line that one reads does not move that: rows out of sight above, and
 * one that reaches into the view from there. One that fills half of the view is itself what one reads.
 */
function keepReading(virtualizer: Virtualizer<HTMLDivElement, Element>): void {
  virtualizer.shouldAdjustScrollPositionOnItemSizeChange = ({ start, end }: VirtualItem) => {
    const top = virtualizer.scrollOffset ?? 0;
    const height = virtualizer.scrollRect?.height ?? 0;
    return start < top && end < top + height / 2;
  };
}

/** So many heights are kept of rows that are no longer there: 1,000 need 100 KB. */
const MAX_GONE = 1_000;

/** Lets go of the heights of rows that are far from here by now. */
function forgetGone({ itemSizeCache }: Virtualizer<HTMLDivElement, Element>, count: number, keyAt: (index: number) => string): void {
  if (itemSizeCache.size <= count + MAX_GONE) return;
  const present = new Set(Array.from({ length: count }, (_, index) => keyAt(index)));
  for (const key of itemSizeCache.keys()) if (!present.has(`${key}`)) itemSizeCache.delete(key);
}

/** Near the end, and surely not beyond it: the list begins where it will be a moment later. */
function aboveEnd(count: number, estimateAt: (index: number) => number): number {
  let total = 0;
  for (let index = 0; index < count; index += 1) total += estimateAt(index);
  return Math.max(0, total - window.innerHeight);
}

/** A guess at the height of a bubble with this text. */
export function estimateBubble(text: string): number {
  const lines = Math.ceil(text.length / 60) + text.split("\n").length - 1;
  return lines * LINE_HEIGHT_PX + BUBBLE_PADDING_PX;
}

import { useVirtualizer, type Virtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState, type RefObject } from "react";

/** Within this many pixels of the end, the list follows what comes. */
const AT_END_PX = 48;
/** So many pixels before the first row, what is older is asked for: it is there when one is. */
const NEAR_START_PX = 1_200;
/** Rows outside the view that are kept ready, each way: some 60 in the page at the most. */
const OVERSCAN = 12;
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
}

interface FollowingList {
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly virtualizer: Virtualizer<HTMLDivElement, Element>;
  /** Whether the newest line is in view, and new ones will be. */
  readonly atEnd: boolean;
  /** Whether the first row is in view, or soon will be. */
  readonly nearStart: boolean;
  /** To be called when `scroller` scrolls. */
  readonly noteScroll: () => void;
}

/**
 * Which rows are in the page. It stays at the end while one is there, and goes there for own lines;
 * higher up, the row that one reads stays where it is, whatever comes above or below.
 */
export function useFollowingList({ count, keyAt, estimateAt, ownKey }: FollowingListOptions): FollowingList {
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer<HTMLDivElement, Element>({
    count,
    getScrollElement: () => scroller.current,
    getItemKey: keyAt,
    estimateSize: estimateAt,
    overscan: OVERSCAN,
    anchorTo: "end",
    followOnAppend: true,
    scrollEndThreshold: AT_END_PX,
    paddingEnd: 8,
    initialOffset: () => aboveEnd(count, estimateAt),
  });
  const [atEnd, setAtEnd] = useState(true);
  const [nearStart, setNearStart] = useState(false);

  useEffect(() => {
    if (ownKey !== null) virtualizer.scrollToEnd();
  }, [ownKey, virtualizer]);

  useEffect(() => {
    const element = scroller.current;
    if (element === null || !atEnd) return;
    // The keyboard of a phone, or a longer field, takes room from the list.
    const observer = new ResizeObserver(() => {
      virtualizer.scrollToEnd();
      // A short list does not scroll, and says nothing.
      setNearStart(virtualizer.getTotalSize() - element.clientHeight <= NEAR_START_PX);
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [atEnd, virtualizer]);

  function noteScroll(): void {
    const element = scroller.current;
    if (element === null) return;
    // Measured here: the virtualizer hears of the same scroll only after this.
    setNearStart(element.scrollTop <= NEAR_START_PX);
    setAtEnd(element.scrollHeight - element.scrollTop - element.clientHeight <= AT_END_PX);
  }

  return { scroller, virtualizer, atEnd, nearStart, noteScroll };
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

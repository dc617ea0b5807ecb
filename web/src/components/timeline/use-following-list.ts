import { useVirtualizer, type Virtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState, type RefObject } from "react";
import type { Line } from "../../model/line.ts";

/** Within this many pixels of the end, the list follows what comes. */
const AT_END_PX = 48;
/** Rows outside the view that are kept ready, each way: some 60 in the page at the most. */
const OVERSCAN = 12;
const LINE_HEIGHT_PX = 24;
const BUBBLE_PADDING_PX = 22;

interface FollowingList {
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly virtualizer: Virtualizer<HTMLDivElement, Element>;
  /** Whether the newest line is in view, and new ones will be. */
  readonly atEnd: boolean;
  /** To be called when `scroller` scrolls. */
  readonly noteScroll: () => void;
}

/** Which rows are in the page; stays at the end while one is there, and goes there for own lines. */
export function useFollowingList(rows: readonly Line[]): FollowingList {
  const scroller = useRef<HTMLDivElement>(null);
  // eslint-disable-next-line react-hooks/incompatible-library -- the compiler is not in use here
  const virtualizer = useVirtualizer<HTMLDivElement, Element>({
    count: rows.length,
    getScrollElement: () => scroller.current,
    getItemKey: (index) => rows[index]?.key ?? index,
    estimateSize: (index) => estimate(rows[index]),
    overscan: OVERSCAN,
    anchorTo: "end",
    followOnAppend: true,
    scrollEndThreshold: AT_END_PX,
    paddingEnd: 8,
  });
  const [atEnd, setAtEnd] = useState(true);

  const newest = rows.at(-1);
  const ownKey = newest?.mine === true ? newest.key : null;
  useEffect(() => {
    if (ownKey !== null) virtualizer.scrollToEnd();
  }, [ownKey, virtualizer]);

  useEffect(() => {
    const element = scroller.current;
    if (element === null || !atEnd) return;
    // The keyboard of a phone, or a longer field, takes room from the list.
    const observer = new ResizeObserver(() => virtualizer.scrollToEnd());
    observer.observe(element);
    return () => observer.disconnect();
  }, [atEnd, virtualizer]);

  function noteScroll(): void {
    const element = scroller.current;
    if (element === null) return;
    // Measured here: the virtualizer hears of the same scroll only after this.
    setAtEnd(element.scrollHeight - element.scrollTop - element.clientHeight <= AT_END_PX);
  }

  return { scroller, virtualizer, atEnd, noteScroll };
}

/** A guess until the row is measured. */
function estimate(line: Line | undefined): number {
  if (line === undefined) return LINE_HEIGHT_PX;
  const lines = Math.ceil(line.text.length / 60) + line.text.split("\n").length - 1;
  return lines * LINE_HEIGHT_PX + BUBBLE_PADDING_PX;
}

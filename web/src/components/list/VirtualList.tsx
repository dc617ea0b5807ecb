import { defaultRangeExtractor, useVirtualizer, type Range } from "@tanstack/react-virtual";
import {
  createContext,
  useContext,
  useEffect,
  useEffectEvent,
  useRef,
  useState,
  type ReactNode,
} from "react";
import { flushSync } from "react-dom";

/** What the lists below it scroll in; `null` until it is there. */
export const ListScroller = createContext<HTMLElement | null>(null);

/** An entry until it is measured. */
const ENTRY_PX = 74;
/** Entries outside the view that are kept ready, each way: some 30 in the page at the most. */
const OVERSCAN = 8;

interface VirtualListProps<T> {
  readonly label: string;
  readonly items: readonly T[];
  /** What an item is called for life. */
  readonly keyOf: (item: T) => string;
  /** What is open of them; `null`: nothing, or of another list. */
  readonly openKey: string | null;
  /** An entry with one link, which Tab comes to if `isTabStop`. */
  readonly renderItem: (item: T, isTabStop: boolean) => ReactNode;
}

/**
 * A list of links in a `ListScroller`, only those near the view in the page. Tab comes to one of them, the
 * arrows, Home and End go to the others; what is open, and what has the focus, is always in the page.
 */
export function VirtualList<T>({ label, items, keyOf, openKey, renderItem }: VirtualListProps<T>) {
  const keys = items.map(keyOf);
  const scroller = useContext(ListScroller);
  const list = useRef<HTMLUListElement>(null);
  const [top, setTop] = useState(0);
  const [focused, setFocused] = useState<string | null>(null);
  const openAt = openKey === null ? -1 : keys.indexOf(openKey);
  const focusedAt = focused === null ? -1 : keys.indexOf(focused);
  const stop = Math.max(0, focusedAt >= 0 ? focusedAt : openAt);
  const virtualizer = useVirtualizer<HTMLElement, Element>({
    count: keys.length,
    getScrollElement: () => scroller,
    getItemKey: (index) => keys[index] ?? index,
    estimateSize: () => ENTRY_PX,
    overscan: OVERSCAN,
    scrollMargin: top,
    rangeExtractor: (range) => withAlways(range, [stop, openAt]),
  });

  useEffect(() => {
    const content = scroller?.firstElementChild;
    if (content == null) return;
    // What stands above grows and goes.
    const observer = new ResizeObserver(() => setTop(list.current?.offsetTop ?? 0));
    observer.observe(content);
    return () => observer.disconnect();
  }, [scroller]);

  const showOpen = useEffectEvent(() => {
    if (openAt >= 0) virtualizer.scrollToIndex(openAt, { align: "auto" });
  });
  const hasOpen = openAt >= 0;
  useEffect(() => showOpen(), [openKey, hasOpen]);

  const pressed = useEffectEvent((event: KeyboardEvent) => {
    const to = wayOf(event, stop, keys.length);
    if (to === null) return;
    event.preventDefault();
    flushSync(() => setFocused(keys[to] ?? null));
    virtualizer.scrollToIndex(to, { align: "auto" });
    list.current?.querySelector<HTMLElement>(`[data-index="${to}"] a`)?.focus({ preventScroll: true });
  });
  const came = useEffectEvent((to: EventTarget | null) => {
    const entry = to instanceof Element && list.current?.contains(to) === true ? to.closest("li") : null;
    setFocused(keys[Number(entry?.dataset.index)] ?? null);
  });
  useEffect(() => {
    const element = list.current;
    if (element === null) return;
    const ends = new AbortController();
    const { signal } = ends;
    element.addEventListener("keydown", (event) => pressed(event), { signal });
    element.addEventListener("focusin", ({ target }) => came(target), { signal });
    element.addEventListener("focusout", ({ relatedTarget }) => came(relatedTarget), { signal });
    return () => ends.abort();
  }, []);

  return (
    <ul ref={list} aria-label={label} className="relative" style={{ height: virtualizer.getTotalSize() }}>
      {virtualizer.getVirtualItems().map(({ key, index, start }) => (
        <li
          key={key}
          ref={virtualizer.measureElement}
          data-index={index}
          aria-posinset={index + 1}
          aria-setsize={keys.length}
          className="absolute inset-x-0 top-0"
          style={{ transform: `translateY(${start - top}px)` }}
        >
          {items[index] !== undefined && renderItem(items[index], index === stop)}
        </li>
      ))}
    </ul>
  );
}

/** The entries in view, and those that are wanted wherever they are. */
function withAlways(range: Range, wanted: readonly number[]): number[] {
  const always = wanted.filter((index) => index >= 0 && index < range.count);
  return [...new Set([...defaultRangeExtractor(range), ...always])].toSorted((one, other) => one - other);
}

/** Where a key leads from entry `from` of `count`; `null`: nowhere. */
function wayOf({ key, altKey, ctrlKey, metaKey }: KeyboardEvent, from: number, count: number): number | null {
  if (altKey || ctrlKey || metaKey) return null;
  switch (key) {
    case "ArrowDown":
      return Math.min(count - 1, from + 1);
    case "ArrowUp":
      return Math.max(0, from - 1);
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return null;
  }
}

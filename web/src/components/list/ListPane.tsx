import { useState, type ReactNode } from "react";
import { SearchField } from "./SearchField.tsx";
import { useReturnFocus } from "./use-return-focus.ts";
import { ListScroller } from "./VirtualList.tsx";

interface ListPaneProps {
  /** What is listed. */
  readonly label: string;
  readonly title: string;
  /** What is open of it; while nothing is, the list is the page. */
  readonly openId: string | null;
  /** Beside the title: what else can be done. */
  readonly action: ReactNode;
  readonly search: { readonly label: string; readonly typed: string; readonly onChange: (typed: string) => void };
  readonly children: ReactNode;
}

/** A list beside what is open of it: its title, a field to look for something, and the entries. */
export function ListPane({ label, title, openId, action, search, children }: ListPaneProps) {
  const heading = useReturnFocus(openId);
  // Kept as a state: a list is drawn before what it scrolls in is known.
  const [scroller, setScroller] = useState<HTMLDivElement | null>(null);
  const Level = openId === null ? "h1" : "h2";
  return (
    <section aria-label={label} className="flex min-h-0 w-full flex-col bg-surface/60">
      <div className="flex shrink-0 items-center justify-between gap-2 ps-4 pe-2 pt-3">
        <Level ref={heading} tabIndex={-1} className="font-display text-xl font-semibold tracking-tight">
          {title}
        </Level>
        {action}
      </div>
      <SearchField {...search} />
      <div ref={setScroller} className="relative min-h-0 flex-1 overflow-y-auto overscroll-contain px-2 pb-4 [overflow-anchor:none]">
        <div>
          <ListScroller value={scroller}>{children}</ListScroller>
        </div>
      </div>
    </section>
  );
}

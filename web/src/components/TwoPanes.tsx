import type { ReactNode } from "react";

interface TwoPanesProps {
  readonly list: ReactNode;
  /** What is open; `null`: nothing is. */
  readonly open: ReactNode | null;
  /** Beside the list while nothing is open. */
  readonly hint: ReactNode;
}

/** A list, and what is open of it; on a phone one of the two. */
export function TwoPanes({ list, open, hint }: TwoPanesProps) {
  return (
    <main className="grid min-h-0 flex-1 grid-cols-[minmax(0,1fr)] grid-rows-[minmax(0,1fr)] overflow-hidden border-line bg-canvas/70 sm:rounded-3xl sm:border sm:shadow-sm md:grid-cols-[19rem_minmax(0,1fr)] lg:grid-cols-[21rem_minmax(0,1fr)]">
      <div className={`min-h-0 border-line md:flex md:border-e ${open === null ? "flex" : "hidden"}`}>{list}</div>
      <div className={`min-h-0 min-w-0 ${open === null ? "hidden md:block" : ""}`}>{open ?? hint}</div>
    </main>
  );
}

/** Beside a list of which nothing is open. */
export function NothingOpen({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <div className="grid h-full place-content-center justify-items-center gap-2 px-6 text-center">
      <p className="font-display text-2xl font-semibold text-balance">{title}</p>
      <p className="max-w-xs text-pretty text-muted">{children}</p>
    </div>
  );
}

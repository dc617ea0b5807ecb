import { useLayoutEffect, useRef, type ReactNode } from "react";
import { hasFinePointer } from "./fine-pointer.ts";

interface PageCardProps {
  readonly title: string;
  readonly lead?: ReactNode;
  /** Where one begins: at the heading, or, with a keyboard at hand, in the first field. */
  readonly begin?: "heading" | "field";
  readonly children: ReactNode;
  /** Below the card: the other ways. */
  readonly footer?: ReactNode;
}

/** A page that is one card. */
export function PageCard({ title, lead, begin = "heading", children, footer }: PageCardProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const card = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    // On a phone the keyboard would cover what is to be read.
    const field = begin === "field" && hasFinePointer() ? card.current?.querySelector("input") : null;
    (field ?? heading.current)?.focus();
  }, [begin]);
  return (
    <main className="min-h-0 flex-1 overflow-y-auto sm:-mb-6">
      <div className="mx-auto flex min-h-full max-w-md flex-col justify-center gap-5 px-4 pt-2 pb-[max(2.5rem,env(safe-area-inset-bottom))] sm:px-5">
        <div className="text-center">
          <h1 ref={heading} tabIndex={-1} className="font-display text-3xl font-semibold tracking-tight text-balance sm:text-4xl">
            {title}
          </h1>
          {lead !== undefined && <p className="mx-auto mt-2 max-w-sm text-pretty text-muted">{lead}</p>}
        </div>
        <div ref={card} className="rounded-3xl border border-line bg-surface p-5 shadow-sm sm:p-6">
          {children}
        </div>
        {footer !== undefined && <div className="text-center text-muted">{footer}</div>}
      </div>
    </main>
  );
}

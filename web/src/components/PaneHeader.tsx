import type { ReactNode, RefObject } from "react";
import { Link } from "react-router";
import { Icon } from "./ui/Icon.tsx";

interface PaneHeaderProps {
  readonly heading: RefObject<HTMLHeadingElement | null>;
  /** The rank of its name: the page's own, unless that stands elsewhere. */
  readonly level?: "h1" | "h2";
  /** The way back to the list, which a phone shows instead. */
  readonly back: { readonly to: string; readonly label: string };
  readonly mark: ReactNode;
  /** What the conversation is called; `null` until it is known. */
  readonly name: string | null;
  /** In place of the name. */
  readonly unnamed?: string;
  /** One line below it. */
  readonly below: ReactNode;
  /** What can be done. */
  readonly children: ReactNode;
}

/** Above a conversation: what it is called, and what can be done with it. */
export function PaneHeader({ heading, level: Level = "h1", back, mark, name, unnamed, below, children }: PaneHeaderProps) {
  return (
    <div className="@container flex min-h-16 shrink-0 items-center gap-1 border-b border-line bg-surface py-1.5 ps-2 pe-2 sm:pe-3 md:ps-4">
      <Link
        to={back.to}
        aria-label={back.label}
        className="grid size-11 shrink-0 place-items-center rounded-full hover:bg-sunk md:hidden"
      >
        <Icon name="back" />
      </Link>
      {mark}
      <div className="min-w-0 flex-1 leading-tight">
        {/* Its own direction, so that the end is cut off; but on the side of everything else. */}
        <Level
          ref={heading}
          tabIndex={-1}
          dir="auto"
          className="truncate text-left font-display text-lg font-semibold"
          title={name ?? undefined}
        >
          {name ?? unnamed}
        </Level>
        {below}
      </div>
      {children}
    </div>
  );
}

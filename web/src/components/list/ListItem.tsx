import type { ReactNode } from "react";
import { Link } from "react-router";
import { shortMoment } from "../../model/moments.ts";
import { UnreadBadge } from "./UnreadBadge.tsx";

interface ListItemProps {
  /** A route of this page. */
  readonly to: string;
  readonly isOpen: boolean;
  /** Whether Tab comes to it. */
  readonly isTabStop: boolean;
  /** Its picture. */
  readonly mark: ReactNode;
  readonly name: string;
  /** After the name: what the picture shows, in words. */
  readonly aside?: ReactNode;
  /** When something was said there last (RFC 3339); `null`: never. */
  readonly lastAt: string | null;
  /** When the present day began. */
  readonly today: number;
  /** What was said last. */
  readonly last: ReactNode;
  readonly unread: number;
  /** A third line. */
  readonly children?: ReactNode;
}

/** A conversation in a list. */
export function ListItem(props: ListItemProps) {
  const { to, isOpen, isTabStop, mark, name, aside, lastAt, today, last, unread, children } = props;
  return (
    <Link
      to={to}
      aria-current={isOpen ? "page" : undefined}
      tabIndex={isTabStop ? undefined : -1}
      className={`flex items-center gap-3 rounded-2xl px-2.5 py-2 -outline-offset-3! ${isOpen ? "bg-sunk" : "hover:bg-sunk/60"}`}
    >
      {mark}
      <span className="min-w-0 flex-1 leading-snug">
        <span className="flex items-baseline justify-between gap-2">
          <bdi className={`truncate ${unread > 0 ? "font-bold" : "font-semibold"}`} title={name}>
            {name}
          </bdi>
          {aside}
          {lastAt !== null && (
            <time dateTime={lastAt} className="ms-auto shrink-0 text-xs text-muted">
              {shortMoment(Date.parse(lastAt), today)}
            </time>
          )}
        </span>
        <span className="flex items-center justify-between gap-2 text-sm text-muted">
          {last}
          {unread > 0 && <UnreadBadge count={unread} />}
        </span>
        {children}
      </span>
    </Link>
  );
}

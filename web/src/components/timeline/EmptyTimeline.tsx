import { useEffect, type ReactNode } from "react";

interface EmptyTimelineProps {
  readonly title: string;
  readonly children: ReactNode;
  /** Everything that there is can be seen. */
  readonly onShown: (shown: boolean) => void;
}

/** A conversation in which nothing was said yet. */
export function EmptyTimeline({ title, children, onShown }: EmptyTimelineProps) {
  useEffect(() => onShown(true), [onShown]);
  return (
    <div className="grid min-h-0 flex-1 place-content-center gap-2 overflow-hidden px-6 text-center">
      <p className="font-display text-2xl font-semibold text-balance [overflow-wrap:anywhere]">{title}</p>
      <p className="max-w-sm text-pretty text-muted [overflow-wrap:anywhere]">{children}</p>
    </div>
  );
}

import { useEffect, useEffectEvent, useRef } from "react";
import { Button } from "../ui/Button.tsx";

interface MoreItemsProps {
  readonly label: string;
  readonly busy: boolean;
  readonly onMore: () => void;
}

/** At the end of the list: what follows is asked for as soon as this comes into view. */
export function MoreItems({ label, busy, onMore }: MoreItemsProps) {
  const end = useRef<HTMLDivElement>(null);
  const reached = useEffectEvent(() => {
    if (!busy) onMore();
  });
  useEffect(() => {
    const element = end.current;
    if (element === null) return;
    const observer = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) reached();
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [busy]);
  return (
    <div ref={end} className="flex justify-center pt-3">
      <Button look="ghost" aria-disabled={busy} onClick={() => (busy ? undefined : onMore())}>
        {busy ? "One moment…" : label}
      </Button>
    </div>
  );
}

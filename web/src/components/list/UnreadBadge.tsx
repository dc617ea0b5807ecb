/** How many messages wait to be read. */
export function UnreadBadge({ count, className = "" }: { readonly count: number; readonly className?: string }) {
  return (
    <span className={`shrink-0 rounded-full bg-accent px-1.5 py-px text-xs font-semibold text-on-accent forced-colors:border ${className}`}>
      {count > 99 ? "99+" : count}
      <span className="sr-only"> unread</span>
    </span>
  );
}

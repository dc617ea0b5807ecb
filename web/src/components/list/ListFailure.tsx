import type { ReactNode } from "react";

interface ListFailureProps {
  readonly onRetry: () => void;
  readonly className?: string;
  /** What cannot be had, and why. */
  readonly children: ReactNode;
}

/** In place of entries that could not be read. */
export function ListFailure({ onRetry, className = "", children }: ListFailureProps) {
  return (
    <div role="alert" className={`mx-2 rounded-2xl bg-danger-soft px-4 py-3 text-sm ${className}`}>
      <p>{children}</p>
      <button type="button" className="mt-1 min-h-11 font-semibold underline underline-offset-2" onClick={onRetry}>
        Try again
      </button>
    </div>
  );
}

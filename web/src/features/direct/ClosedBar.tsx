import type { ParlourError, Result } from "@parlour/sdk/errors";
import { useState } from "react";
import { Button } from "../../components/ui/Button.tsx";
import { errorWords } from "../../model/error-words.ts";

interface ClosedBarProps {
  readonly name: string;
  /** By oneself; else it is the other one who is not to be written to. */
  readonly isBlocked: boolean;
  readonly connected: boolean;
  readonly onUnblock: () => Promise<Result<object>>;
  readonly onRetry: () => void;
}

/** In place of the field, where nothing can be written. */
export function ClosedBar({ name, isBlocked, connected, onUnblock, onRetry }: ClosedBarProps) {
  const [error, setError] = useState<ParlourError | null>(null);

  async function unblock(): Promise<void> {
    const result = await onUnblock();
    setError(result.ok ? null : result.error);
  }

  return (
    <div className="flex shrink-0 flex-wrap items-center justify-center gap-x-4 gap-y-2 border-t border-line bg-surface px-4 py-3 pb-[max(0.75rem,env(safe-area-inset-bottom))]">
      <p role="status" className="min-w-0 text-pretty text-muted [overflow-wrap:anywhere]">
        {isBlocked ? (
          <>
            You block <bdi>{name}</bdi>. Neither of you can write here.
          </>
        ) : (
          <>
            <bdi>{name}</bdi> cannot be written to any more.
          </>
        )}
      </p>
      <Button disabled={!connected} onClick={() => (isBlocked ? void unblock() : onRetry())}>
        {isBlocked ? "Unblock" : "Try again"}
      </Button>
      <p role="alert" className="w-full text-center text-sm text-danger empty:hidden">
        {error !== null && `Still blocked. ${errorWords(error)}`}
      </p>
    </div>
  );
}

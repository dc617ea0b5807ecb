import type { ParlourError } from "@parlour/sdk/errors";
import { accountErrorWords } from "../../model/error-words.ts";
import { Button } from "../ui/Button.tsx";

interface JoinBarProps {
  /** What one may join is called. */
  readonly one: string;
  readonly connected: boolean;
  /** Why joining did not work. */
  readonly error: ParlourError | null;
  readonly onJoin: () => void;
}

/** In place of the field, for one who only looks in. */
export function JoinBar({ one, connected, error, onJoin }: JoinBarProps) {
  return (
    <div className="flex shrink-0 flex-wrap items-center justify-center gap-x-4 gap-y-2 border-t border-line bg-surface px-4 py-3 pb-[max(0.75rem,env(safe-area-inset-bottom))]">
      <p role={error === null ? undefined : "alert"} className={`text-pretty ${error === null ? "text-muted" : "text-danger"}`}>
        {error === null ? "You are looking in. Join to write, and to hear what is new." : `You are not in. ${accountErrorWords(error)}`}
      </p>
      <Button look="primary" disabled={!connected} onClick={onJoin}>
        Join this {one}
      </Button>
    </div>
  );
}

import type { ParlourError } from "@parlour/sdk/errors";
import { errorWords } from "../../model/error-words.ts";
import { Icon } from "../ui/Icon.tsx";

interface LineFailureProps {
  readonly error: ParlourError;
  /** What to say of it; the usual words without. */
  readonly words?: (error: ParlourError) => string;
  /** `null` where another attempt cannot work. */
  readonly onRetry: (() => void) | null;
  readonly onDiscard: () => void;
}

/** How what can be done is to look. */
export const LINE_ACTION = "min-h-8 rounded-full px-2.5 font-semibold underline underline-offset-2 hover:bg-danger-soft";

/** Under a line that did not go: why, and what can be done. */
export function LineFailure({ error, words = errorWords, onRetry, onDiscard }: LineFailureProps) {
  return (
    <div className="mt-1 flex max-w-[86%] flex-wrap items-center justify-end gap-x-1 px-1 text-xs text-danger">
      <span className="inline-flex items-center gap-1.5 py-1">
        <Icon name="alert" className="size-4" />
        Not sent. {words(error)}
      </span>
      <span className="inline-flex">
        {onRetry !== null && (
          <button type="button" className={LINE_ACTION} onClick={onRetry}>
            Retry
          </button>
        )}
        <button type="button" className={LINE_ACTION} onClick={onDiscard}>
          Delete
        </button>
      </span>
    </div>
  );
}

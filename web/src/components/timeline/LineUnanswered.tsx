import { Icon } from "../ui/Icon.tsx";
import { LINE_ACTION } from "./LineFailure.tsx";

/** Under a line of which nobody has said for long what became of it. */
export function LineUnanswered({ onRetry }: { readonly onRetry: () => void }) {
  return (
    <div className="mt-1 flex max-w-[86%] flex-wrap items-center justify-end gap-x-1 px-1 text-xs text-muted">
      <span className="inline-flex items-center gap-1.5 py-1">
        <Icon name="alert" className="size-4" />
        No answer yet. Sent again, it still arrives only once.
      </span>
      <button type="button" className={LINE_ACTION} onClick={onRetry}>
        Retry
      </button>
    </div>
  );
}

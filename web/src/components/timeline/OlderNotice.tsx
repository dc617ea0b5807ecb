interface OlderNoticeProps {
  readonly older: "idle" | "loading" | "failed";
  readonly onRetry: () => void;
}

/** Over the first messages: that older ones are on their way, or why not. */
export function OlderNotice({ older, onRetry }: OlderNoticeProps) {
  if (older === "idle") return null;
  return (
    <div className="pointer-events-none absolute inset-x-0 top-2 flex justify-center px-4">
      <p
        role="status"
        className="pointer-events-auto flex items-center gap-2 rounded-full border border-line bg-surface px-4 text-sm shadow-md"
      >
        {older === "loading" ? (
          <>
            <span
              aria-hidden="true"
              className="size-4 animate-spin rounded-full border-2 border-current border-e-transparent"
            />
            <span className="py-2">Older messages are loading</span>
          </>
        ) : (
          <>
            Older messages could not be loaded.
            <button type="button" className="min-h-11 font-semibold underline underline-offset-2" onClick={onRetry}>
              Try again
            </button>
          </>
        )}
      </p>
    </div>
  );
}

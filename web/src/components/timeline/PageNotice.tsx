interface PageNoticeProps {
  readonly which: "older" | "newer";
  readonly state: "idle" | "loading" | "failed";
  readonly onRetry: () => void;
}

/** Over the first or the last messages: that more are on their way, or that they could not be had. */
export function PageNotice({ which, state, onRetry }: PageNoticeProps) {
  if (state === "idle") return null;
  const word = which === "older" ? "Older" : "Newer";
  return (
    <div className={`pointer-events-none absolute inset-x-0 ${which === "older" ? "top-2" : "bottom-16"} flex justify-center px-4`}>
      <p
        role="status"
        className="pointer-events-auto flex items-center gap-2 rounded-full border border-line-strong bg-surface px-4 text-sm shadow-md"
      >
        {state === "loading" ? (
          <>
            <span
              aria-hidden="true"
              className="size-4 animate-spin rounded-full border-2 border-current border-e-transparent"
            />
            <span className="py-2">{word} messages are loading</span>
          </>
        ) : (
          <>
            {word} messages could not be loaded.
            <button type="button" className="min-h-11 font-semibold whitespace-nowrap underline underline-offset-2" onClick={onRetry}>
              Try again
            </button>
          </>
        )}
      </p>
    </div>
  );
}

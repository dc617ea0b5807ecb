interface EmptyTalkProps {
  readonly partner: string | null;
  /** The chat ended before anything was said. */
  readonly over: boolean;
}

/** A conversation without a line yet. */
export function EmptyTalk({ partner, over }: EmptyTalkProps) {
  return (
    <div className="flex min-h-0 flex-1 flex-col items-center justify-center gap-2 px-6 text-center">
      <p className="font-display text-2xl font-semibold text-balance [overflow-wrap:anywhere]">
        {over ? "Nothing was said." : "Someone is here."}
      </p>
      {!over && (
        <p className="max-w-sm overflow-clip text-balance text-muted [overflow-wrap:anywhere]">
          Say hello to <bdi>{partner}</bdi>. Only the two of you can read this.
        </p>
      )}
    </div>
  );
}

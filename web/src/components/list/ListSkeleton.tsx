interface ListSkeletonProps {
  /** What is on its way. */
  readonly words: string;
  /** The classes of a picture's corners. */
  readonly shape: string;
}

/** Where the entries of a list will be. */
export function ListSkeleton({ words, shape }: ListSkeletonProps) {
  return (
    <div role="status" className="mt-3 flex flex-col gap-3 px-3">
      <span className="sr-only">{words}</span>
      {["w-2/5", "w-3/5", "w-1/2"].map((width) => (
        <div key={width} aria-hidden="true" className="flex animate-breathe items-center gap-3">
          <span className={`size-11 bg-sunk ${shape}`} />
          <span className={`h-4 rounded-full bg-sunk ${width}`} />
        </div>
      ))}
    </div>
  );
}

interface AvatarProps {
  readonly name: string;
  readonly className?: string;
}

const SEGMENTER = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** Somebody's initial on a round ground. Decoration: the name stands beside it. */
export function Avatar({ name, className = "size-9" }: AvatarProps) {
  return (
    <span
      aria-hidden="true"
      className={`grid shrink-0 place-items-center overflow-hidden rounded-full bg-plum text-base font-semibold text-surface select-none ${className}`}
    >
      {initial(name)}
    </span>
  );
}

/** The first letter as a reader counts letters: an emoji of several parts is one. */
function initial(name: string): string {
  const [first] = SEGMENTER.segment(name);
  return (first?.segment ?? "?").toLocaleUpperCase();
}

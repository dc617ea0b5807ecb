interface RoomMarkProps {
  readonly name: string;
  readonly className?: string;
}

const SEGMENTER = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** A room's initial on a ground with corners, unlike a person's. Decoration: its name is beside it. */
export function RoomMark({ name, className = "size-11" }: RoomMarkProps) {
  const [first] = SEGMENTER.segment(name);
  return (
    <span
      aria-hidden="true"
      className={`grid shrink-0 place-items-center overflow-hidden rounded-2xl bg-plum-soft font-display text-lg font-semibold text-plum select-none ${className}`}
    >
      {(first?.segment ?? "#").toLocaleUpperCase()}
    </span>
  );
}

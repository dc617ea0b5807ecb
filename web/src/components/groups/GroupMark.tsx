import { Icon } from "../ui/Icon.tsx";

interface GroupMarkProps {
  readonly name: string;
  /** Whether only members see it. */
  readonly isPrivate: boolean;
  readonly className?: string;
}

const SEGMENTER = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** A group's initial on a ground with corners, unlike a person's. Decoration: its name is beside it. */
export function GroupMark({ name, isPrivate, className = "size-11" }: GroupMarkProps) {
  const [first] = SEGMENTER.segment(name);
  return (
    <span
      aria-hidden="true"
      className={`relative grid shrink-0 place-items-center rounded-2xl bg-plum-soft forced-colors:border font-display text-lg font-semibold text-plum select-none ${className}`}
    >
      <span className="grid size-full place-items-center overflow-hidden rounded-2xl">
        {(first?.segment ?? "#").toLocaleUpperCase()}
      </span>
      {isPrivate && (
        <span className="absolute -end-1 -bottom-1 grid size-5 place-items-center rounded-full border-2 border-surface bg-plum text-surface">
          <Icon name="lock" className="size-3" />
        </span>
      )}
    </span>
  );
}

import { Avatar } from "./Avatar.tsx";

interface PersonMarkProps {
  /** Whose account. */
  readonly id: string;
  readonly name: string;
  readonly image: string | null;
  /** Whether they are there just now; `null`: nobody knows. */
  readonly online: boolean | null;
  readonly className?: string;
}

/** Somebody's picture, with a dot while they are there. Decoration: what it means is said in words. */
export function PersonMark({ id, name, image, online, className = "size-11" }: PersonMarkProps) {
  return (
    <span className="relative shrink-0">
      <Avatar id={id} name={name} image={image} className={className} />
      {online === true && (
        <span aria-hidden="true" className="absolute end-0 bottom-0 size-3 rounded-full border-2 border-surface bg-good forced-colors:bg-[CanvasText]" />
      )}
    </span>
  );
}

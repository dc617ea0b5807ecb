import { useEffect } from "react";

interface EmptyRoomProps {
  readonly name: string;
  /** Everything that there is can be seen. */
  readonly onShown: (shown: boolean) => void;
}

/** A room in which nothing was said yet. */
export function EmptyRoom({ name, onShown }: EmptyRoomProps) {
  useEffect(() => onShown(true), [onShown]);
  return (
    <div className="grid min-h-0 flex-1 place-content-center gap-2 overflow-hidden px-6 text-center">
      <p className="font-display text-2xl font-semibold text-balance [overflow-wrap:anywhere]">It is quiet in here.</p>
      <p className="max-w-sm text-pretty text-muted [overflow-wrap:anywhere]">
        Nothing was said in <bdi>{name}</bdi> yet. Say the first word.
      </p>
    </div>
  );
}

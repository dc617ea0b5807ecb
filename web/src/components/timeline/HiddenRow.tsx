import type { HiddenLines } from "../../model/timeline-rows.ts";
import { Icon } from "../ui/Icon.tsx";

interface HiddenRowProps {
  readonly lines: HiddenLines;
  readonly onShow: (keys: readonly string[]) => void;
}

/** In place of what people said whom one has blocked. */
export function HiddenRow({ lines, onShow }: HiddenRowProps) {
  const { length } = lines.keys;
  return (
    <p className="flex items-center gap-2 px-3 pt-2 text-sm text-muted sm:px-5">
      <span className="grid w-9 shrink-0 place-items-center">
        <Icon name="block" className="size-4" />
      </span>
      <span className="min-w-0">
        {length === 1 ? "Message from someone you blocked" : `${length.toLocaleString()} messages from someone you blocked`}
      </span>
      <button
        type="button"
        className="min-h-8 shrink-0 rounded-full px-2.5 font-semibold underline underline-offset-3 hover:bg-sunk hover:text-ink"
        onClick={({ currentTarget }) => {
          // The button goes with what it stands for; the messages have the focus then.
          currentTarget.closest<HTMLElement>('[role="log"]')?.focus({ preventScroll: true });
          onShow(lines.keys);
        }}
      >
        Show
      </button>
    </p>
  );
}

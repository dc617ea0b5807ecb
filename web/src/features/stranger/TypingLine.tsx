import { WhoTypes } from "../../components/WhoTypes.tsx";

interface TypingLineProps {
  /** Who is typing; `null`: nobody. */
  readonly partner: string | null;
  /** The first Esc was pressed. */
  readonly escapeArmed: boolean;
  /** Esc would do something here. */
  readonly escapable: boolean;
}

/** A line of fixed height above the field: nothing jumps when somebody types. */
export function TypingLine({ partner, escapeArmed, escapable }: TypingLineProps) {
  return (
    <div className="flex h-7 shrink-0 items-center justify-between gap-3 px-6 text-xs text-muted sm:px-8">
      <p className="flex min-w-0 items-center gap-1.5">
        {partner !== null && <WhoTypes name={partner} />}
      </p>
      <p role="status" className={escapeArmed ? "shrink-0 font-semibold text-ink" : "hidden shrink-0 pointer-fine:block"}>
        {escapeArmed ? "Press Esc again for a new chat" : escapable ? "Esc twice: new chat" : null}
      </p>
    </div>
  );
}

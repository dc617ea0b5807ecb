import { useId, type ReactNode } from "react";

interface SwitchProps {
  readonly label: string;
  readonly help: ReactNode;
  readonly on: boolean;
  readonly onChange: (on: boolean) => void;
}

/** Something that is on or off at once, without a form to send. */
export function Switch({ label, help, on, onChange }: SwitchProps) {
  const labelId = useId();
  const helpId = useId();
  return (
    <div className="flex items-start justify-between gap-4">
      <div className="min-w-0">
        <p id={labelId} className="font-semibold">
          {label}
        </p>
        <div id={helpId} className="text-sm text-pretty text-muted">
          {help}
        </div>
      </div>
      <button
        type="button"
        role="switch"
        aria-checked={on}
        aria-labelledby={labelId}
        aria-describedby={helpId}
        className="grid min-h-11 min-w-13 shrink-0 place-items-center rounded-full"
        onClick={() => onChange(!on)}
      >
        <span
          aria-hidden="true"
          className={`flex h-7 w-12 items-center rounded-full border-2 px-0.5 transition-colors ${on ? "justify-end border-accent bg-accent" : "justify-start border-line-strong bg-surface"}`}
        >
          <span className={`size-5 rounded-full ${on ? "bg-on-accent" : "bg-line-strong"}`} />
        </span>
      </button>
    </div>
  );
}

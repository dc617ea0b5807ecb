import { useId, type InputHTMLAttributes, type ReactNode } from "react";
import type { FieldName } from "../../model/form-error.ts";

interface FieldProps extends Omit<InputHTMLAttributes<HTMLInputElement>, "className" | "id" | "name"> {
  readonly name: FieldName;
  readonly label: string;
  /** Beside the label, in short. */
  readonly remark?: string;
  /** Below the field while nothing is wrong with it. */
  readonly help?: string;
  /** What is wrong with it; absent when nothing is. */
  readonly error: string | undefined;
  /** Inside the field, at its end. */
  readonly action?: ReactNode;
}

/**
 * A field with its label, and below it what is wrong. The browser holds its text, so that nothing
 * that happens on the page can lose it, and password managers can fill it in.
 */
export function Field({ name, label, remark, help, error, action, ...input }: FieldProps) {
  const id = useId();
  const remarkId = useId();
  const belowId = useId();
  return (
    <div>
      <div className="flex items-baseline justify-between gap-2">
        <label htmlFor={id} className="font-semibold">
          {label}
        </label>
        <span id={remarkId} className="text-sm text-muted">
          {remark}
        </span>
      </div>
      <div className="relative mt-1.5">
        <input
          id={id}
          name={name}
          type="text"
          dir="auto"
          spellCheck={false}
          aria-invalid={error !== undefined}
          aria-describedby={`${remarkId} ${belowId}`}
          className={`block min-h-12 w-full scroll-my-20 rounded-2xl border bg-canvas/60 ps-4 text-base placeholder:text-muted placeholder:opacity-100 ${action === undefined ? "pe-4" : "pe-13"} ${error === undefined ? "border-line-strong/70" : "border-danger"}`}
          {...input}
        />
        {action !== undefined && <div className="absolute inset-y-0 end-0.5 grid place-items-center">{action}</div>}
      </div>
      <p id={belowId} className={`mt-1.5 text-sm empty:hidden ${error === undefined ? "text-muted" : "text-danger"}`}>
        {error ?? help}
      </p>
    </div>
  );
}

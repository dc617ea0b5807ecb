import { useId, type RefObject } from "react";
import { MAX_ALIAS_LENGTH } from "../../model/alias.ts";

interface NameFieldProps {
  readonly field: RefObject<HTMLInputElement | null>;
  readonly name: string;
  /** Why the server did not take the name; `null` when it did, or was not asked. */
  readonly error: string | null;
  readonly onChange: (typed: string) => void;
}

/** The name that the other one sees. */
export function NameField({ field, name, error, onChange }: NameFieldProps) {
  const id = useId();
  const errorId = useId();
  return (
    <div>
      <label htmlFor={id} className="flex items-baseline justify-between gap-2 font-semibold">
        Your name <span className="text-sm font-normal text-muted">optional</span>
      </label>
      <input
        ref={field}
        id={id}
        type="text"
        dir="auto"
        value={name}
        maxLength={MAX_ALIAS_LENGTH}
        placeholder="Stranger"
        autoComplete="off"
        autoCapitalize="words"
        spellCheck={false}
        enterKeyHint="go"
        aria-invalid={error !== null}
        aria-describedby={errorId}
        className="mt-1.5 block min-h-12 w-full rounded-2xl border border-line-strong/70 bg-canvas/60 px-4 text-base placeholder:text-muted placeholder:opacity-100"
        onChange={(event) => onChange(event.target.value)}
      />
      <p id={errorId} role="alert" className="mt-1.5 text-sm text-danger empty:hidden">
        {error}
      </p>
    </div>
  );
}

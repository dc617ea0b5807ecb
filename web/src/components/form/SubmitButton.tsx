import { buttonLook } from "../ui/button-look.ts";
import type { Form } from "./use-form.ts";

interface SubmitButtonProps {
  readonly form: Form;
  readonly label: string;
  /** What it says while the server is asked. */
  readonly busyLabel: string;
}

/** Sends a form. It keeps the focus while it cannot be pressed. */
export function SubmitButton({ form: { busy, secondsLeft }, label, busyLabel }: SubmitButtonProps) {
  return (
    <button
      type="submit"
      aria-disabled={busy || secondsLeft > 0}
      className={`${buttonLook("primary")} min-h-12 w-full px-4 text-base!`}
    >
      {busy && (
        <span aria-hidden="true" className="size-4 animate-spin rounded-full border-2 border-current border-e-transparent" />
      )}
      {busy ? busyLabel : label}
    </button>
  );
}

import type { FormError } from "../../model/form-error.ts";
import { Icon } from "../ui/Icon.tsx";

interface FormAlertProps {
  readonly failure: FormError | null;
  /** How long one has to wait yet. */
  readonly secondsLeft: number;
}

/** What is wrong with a form as a whole, or with the way to the server. */
export function FormAlert({ failure, secondsLeft }: FormAlertProps) {
  // Always there, so that what comes into it is read out.
  return (
    <div role="alert" className="empty:hidden">
      {failure !== null && (
        <p className="flex items-start gap-3 rounded-2xl bg-danger-soft px-4 py-3 text-sm text-ink [overflow-wrap:anywhere]">
          <Icon name="alert" className="size-5 text-danger" />
          <span>
            {failure.words} {failure.retryAt !== null && <Wait until={failure.retryAt} secondsLeft={secondsLeft} />}
          </span>
        </p>
      )}
    </div>
  );
}

/** Counts down for the eye; the ear hears it when it is over, not each second. */
function Wait({ until, secondsLeft }: { readonly until: number; readonly secondsLeft: number }) {
  if (secondsLeft === 0) return "You can try again now.";
  return (
    <>
      <span aria-hidden="true">Try again in {secondsLeft} s.</span>
      <span key={until} className="sr-only">
        You will have to wait a little before you try again.
      </span>
    </>
  );
}

import { useId, useLayoutEffect, useRef, type KeyboardEvent, type RefObject } from "react";
import { checkText, directionOf, type TextCheck } from "../../model/text.ts";
import { Button } from "../ui/Button.tsx";

interface ComposerProps {
  readonly field: RefObject<HTMLTextAreaElement | null>;
  readonly text: string;
  readonly placeholder: string;
  /** Whether a line would reach anybody now. */
  readonly canSend: boolean;
  readonly onChange: (text: string) => void;
  readonly onSend: () => void;
  /** The field was left. */
  readonly onLeave?: (() => void) | undefined;
  /** Esc was pressed in it, which ends no suggestion of an input method. */
  readonly onEscape?: () => void;
}

/** The counter is shown when this few letters are left. */
const COUNT_BELOW = 200;
/** Safari ends a composition just before the Enter that ended it: nobody presses another one so soon. */
const COMPOSITION_ENTER_MS = 100;
/** Higher than this, the field scrolls. */
const MAX_HEIGHT_PX = 168;
/** So many letters are higher than that in any window: to measure a pasted book costs seconds. */
const BOOK_LENGTH = 8_000;

/** Where a line is written: Enter sends, Shift+Enter makes a new line. */
export function Composer({ field, text, placeholder, canSend, onChange, onSend, onLeave, onEscape }: ComposerProps) {
  const counterId = useId();
  const check = checkText(text);
  const ready = canSend && check.kind === "fits";
  const composedAt = useRef(Number.NEGATIVE_INFINITY);

  useLayoutEffect(() => {
    if (field.current !== null) fitHeight(field.current, text.length);
  }, [field, text]);

  function submit(): void {
    if (ready) onSend();
    field.current?.focus();
  }

  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>): void {
    if (event.key === "Escape" && !event.nativeEvent.isComposing) return onEscape?.();
    if (event.key !== "Enter" || event.shiftKey || event.altKey) return;
    // While an input method composes, Enter takes its suggestion.
    if (event.nativeEvent.isComposing) return;
    if (Math.abs(event.timeStamp - composedAt.current) < COMPOSITION_ENTER_MS) return;
    event.preventDefault();
    submit();
  }

  return (
    <form
      className="@container flex items-end gap-2 px-3 pb-[max(0.75rem,env(safe-area-inset-bottom))] sm:px-4"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <div className="relative min-w-0 flex-1">
        <textarea
          ref={field}
          rows={1}
          // With "auto" Chromium looks into each paragraph: of a pasted book, for seconds with each letter.
          dir={directionOf(text)}
          value={text}
          placeholder={placeholder}
          aria-label="Message"
          aria-describedby={counterId}
          aria-invalid={check.kind === "too_long"}
          enterKeyHint="send"
          autoComplete="off"
          className="block w-full resize-none rounded-3xl border border-line-strong/70 bg-surface px-4 py-2.5 text-base text-ink placeholder:text-muted placeholder:opacity-100 focus-visible:outline-2 focus-visible:-outline-offset-1"
          onChange={(event) => onChange(event.target.value)}
          onKeyDown={onKeyDown}
          onBlur={onLeave}
          onCompositionEnd={(event) => {
            composedAt.current = event.timeStamp;
          }}
        />
        <p id={counterId} className={`px-4 pt-1 text-xs empty:hidden ${counterLook(check)}`}>
          {counter(check)}
        </p>
      </div>
      <Button type="submit" look="primary" icon="send" compact className="min-h-[2.875rem]" disabled={!ready}>
        Send
      </Button>
    </form>
  );
}

/** As high as its text, within bounds. */
function fitHeight(element: HTMLTextAreaElement, length: number): void {
  if (length > BOOK_LENGTH) {
    element.style.height = `${MAX_HEIGHT_PX}px`;
    return;
  }
  const borders = element.offsetHeight - element.clientHeight;
  element.style.height = "auto";
  element.style.height = `${Math.min(MAX_HEIGHT_PX, element.scrollHeight + borders)}px`;
}

function counter(check: TextCheck): string | null {
  if (check.kind === "too_long") return `${check.over.toLocaleString()} too many: shorten the line to send it`;
  return check.kind === "fits" && check.left <= COUNT_BELOW ? `${check.left} left` : null;
}

function counterLook(check: TextCheck): string {
  return check.kind === "too_long" ? "font-semibold text-danger" : "text-muted";
}

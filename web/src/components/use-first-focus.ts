import { useLayoutEffect, useRef, type RefObject } from "react";
import { useLocation } from "react-router";
import { hasFinePointer } from "./fine-pointer.ts";

/** The state of a history entry: one came there by a letter alone, and may press it again. */
export const BY_LETTER = "by letter";

/**
 * Where one begins, at first and whenever `place` is another: in the field, else at the heading. On a
 * phone always there: the keyboard would cover what is to be read. Who came by a letter alone begins there
 * too: in the field, the next letter would be text. Whoever has opened a menu meanwhile, which closes once
 * the focus is elsewhere, is left in it.
 */
export function useFirstFocus(
  field: RefObject<HTMLElement | null>,
  heading: RefObject<HTMLElement | null>,
  place: unknown = null,
): void {
  const byLetter = useLocation().state === BY_LETTER;
  const begun = useRef(false);
  useLayoutEffect(() => {
    const isPassing = byLetter && !begun.current;
    begun.current = true;
    if (document.querySelector("[data-menu-open]") !== null) return;
    if (hasFinePointer() && field.current !== null && !isPassing) field.current.focus();
    else heading.current?.focus();
  }, [field, heading, place, byLetter]);
}

import { useLayoutEffect, type RefObject } from "react";
import { hasFinePointer } from "./fine-pointer.ts";

/**
 * Where one begins, at first and whenever `place` is another: in the field, else at the heading. On a
 * phone always there: the keyboard would cover what is to be read. Whoever has opened a menu meanwhile,
 * which closes once the focus is elsewhere, is left in it.
 */
export function useFirstFocus(
  field: RefObject<HTMLElement | null>,
  heading: RefObject<HTMLElement | null>,
  place: unknown = null,
): void {
  useLayoutEffect(() => {
    if (document.querySelector("[data-menu-open]") !== null) return;
    if (hasFinePointer() && field.current !== null) field.current.focus();
    else heading.current?.focus();
  }, [field, heading, place]);
}

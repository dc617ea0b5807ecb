import type { Unsubscribe } from "@parlour/sdk/store";
import type { Shortcuts } from "./shortcuts.ts";

/** Lets the keys of the page do what they stand for. */
export function listenForShortcuts(shortcuts: Shortcuts): Unsubscribe {
  const listener = (event: KeyboardEvent): void => {
    if (event.defaultPrevented) return;
    const done = shortcuts.press({
      key: event.key,
      ctrl: event.ctrlKey,
      alt: event.altKey,
      meta: event.metaKey,
      isComposing: event.isComposing,
      isWriting: isWriting(event.target),
      hasModal: document.querySelector("dialog[open]") !== null,
    });
    if (done) event.preventDefault();
  };
  document.addEventListener("keydown", listener);
  return () => document.removeEventListener("keydown", listener);
}

/** Inputs in which a letter is not written. */
const NOT_WRITTEN_IN = new Set(["checkbox", "radio", "button", "submit", "reset", "range", "color", "file", "image"]);

function isWriting(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement) return !NOT_WRITTEN_IN.has(target.type);
  if (target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLElement && target.isContentEditable;
}

import type { Unsubscribe } from "@parlour/sdk/store";
import { SHORTCUTS, type Shortcut, type ShortcutId } from "./shortcut-list.ts";

/**
 * What a key does. Who can do it says so with `on`, and no more once it cannot: of several, the newest
 * is asked. Letters alone count only while nothing is being written and no question is open.
 */
export class Shortcuts {
  /** Whether letters alone do anything. */
  readonly #enabled: () => boolean;
  readonly #handlers = new Map<ShortcutId, (() => void)[]>();

  constructor(enabled: () => boolean) {
    this.#enabled = enabled;
  }

  /** Whoever wants this done is to call `run`. */
  on(id: ShortcutId, run: () => void): Unsubscribe {
    const handlers = this.#handlers.get(id) ?? [];
    handlers.push(run);
    this.#handlers.set(id, handlers);
    return () => {
      const at = handlers.indexOf(run);
      if (at >= 0) handlers.splice(at, 1);
    };
  }

  /** Does what the key stands for; `true` if it stood for something that can be done now. */
  press(key: Pressed): boolean {
    if (key.isComposing || key.hasModal) return false;
    const shortcut = SHORTCUTS.find((one) => one.press !== undefined && fits(one.press, key));
    if (shortcut?.press === undefined) return false;
    if (isLetter(shortcut.press) && (key.isWriting || !this.#enabled())) return false;
    const run = this.#handlers.get(shortcut.id)?.at(-1);
    run?.();
    return run !== undefined;
  }
}

/** A key, and where it was pressed. */
export interface Pressed {
  readonly key: string;
  readonly ctrl: boolean;
  readonly alt: boolean;
  readonly meta: boolean;
  /** An input method is at work. */
  readonly isComposing: boolean;
  /** Whether it would be written where the focus is. */
  readonly isWriting: boolean;
  /** Whether a question stands before the page. */
  readonly hasModal: boolean;
}

type Press = NonNullable<Shortcut["press"]>;

function fits(press: Press, { key, ctrl, alt, meta }: Pressed): boolean {
  const hasMain = press.mod === "ctrl" ? ctrl || meta : !ctrl && !meta;
  return hasMain && alt === (press.mod === "alt") && key.toLowerCase() === press.key.toLowerCase();
}

/** Whether it is a key alone, which writes something elsewhere. */
function isLetter({ mod }: Press): boolean {
  return mod === undefined;
}

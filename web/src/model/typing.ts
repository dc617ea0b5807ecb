/** A partner who was typing and fell silent is shown for this long. */
export const PARTNER_TYPING_MS = 5_000;
/** While one types, the partner is told this often: below what they are shown, above 2 s. */
export const TELL_EVERY_MS = 2_500;
/** A pause of this length counts as having stopped. */
const PAUSE_MS = 4_000;

/** Turns keystrokes into `typing` and `stop_typing`. */
export class OwnTyping {
  readonly #tell: { readonly typing: () => void; readonly stopTyping: () => void };
  #toldAt: number | null = null;
  #pause: ReturnType<typeof setTimeout> | undefined;

  constructor(tell: { readonly typing: () => void; readonly stopTyping: () => void }) {
    this.#tell = tell;
  }

  /** A key was pressed that leaves something in the field. */
  keystroke(): void {
    const now = Date.now();
    if (this.#toldAt === null || now - this.#toldAt >= TELL_EVERY_MS) {
      this.#toldAt = now;
      this.#tell.typing();
    }
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => this.stop(), PAUSE_MS);
  }

  /** The field is empty, or was left alone. */
  stop(): void {
    if (this.#toldAt !== null) this.#tell.stopTyping();
    this.reset();
  }

  /** Forgets it without telling: the line was sent, or nobody is there. */
  reset(): void {
    clearTimeout(this.#pause);
    this.#toldAt = null;
  }
}

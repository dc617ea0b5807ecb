/** A partner who was typing and fell silent is shown for this long. */
const PARTNER_TYPING_MS = 5_000;
/** The partner is told at most this often: the server swallows what comes within 2 s. */
const TELL_EVERY_MS = 2_200;
/** A pause of this length counts as having stopped. */
const PAUSE_MS = 4_000;

/** Turns keystrokes into `typing` and `stop_typing`. */
export class OwnTyping {
  readonly #tell: { readonly typing: () => void; readonly stopTyping: () => void };
  /** Whether the partner is being shown it, as far as is known here. */
  #shown = false;
  #toldAt = Number.NEGATIVE_INFINITY;
  #next: ReturnType<typeof setTimeout> | undefined;
  #pause: ReturnType<typeof setTimeout> | undefined;

  constructor(tell: { readonly typing: () => void; readonly stopTyping: () => void }) {
    this.#tell = tell;
  }

  /** A key was pressed that leaves something in the field. */
  keystroke(): void {
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => this.stop(), PAUSE_MS);
    if (this.#next !== undefined) return;
    const waitMs = this.#toldAt + TELL_EVERY_MS - Date.now();
    if (waitMs <= 0) this.#tellNow();
    else if (!this.#shown) this.#next = setTimeout(() => this.#tellNow(), waitMs);
  }

  /** The field is empty, or was left alone. */
  stop(): void {
    if (this.#shown) this.#tell.stopTyping();
    this.reset();
  }

  /** Forgets it without telling: the line was sent, or nobody is there. */
  reset(): void {
    clearTimeout(this.#pause);
    clearTimeout(this.#next);
    this.#next = undefined;
    this.#shown = false;
  }

  #tellNow(): void {
    this.#next = undefined;
    this.#shown = true;
    this.#toldAt = Date.now();
    this.#tell.typing();
  }
}

/** Shows that the partner is typing, for a while: a partner who vanished takes nothing back. */
export class PartnerTyping {
  readonly #show: (typing: boolean) => void;
  #end: ReturnType<typeof setTimeout> | undefined;

  constructor(show: (typing: boolean) => void) {
    this.#show = show;
  }

  /** The partner types, or has stopped. */
  show(typing: boolean): void {
    this.reset();
    if (typing) this.#end = setTimeout(() => this.#show(false), PARTNER_TYPING_MS);
    this.#show(typing);
  }

  /** Forgets it without showing: another state has taken its place. */
  reset(): void {
    clearTimeout(this.#end);
  }
}

const LOOKS = {
  primary: "bg-accent text-on-accent hover:bg-accent-hover shadow-sm",
  quiet: "border border-line-strong/60 bg-surface text-ink hover:bg-sunk",
  ghost: "text-muted hover:bg-sunk hover:text-ink",
  danger: "bg-danger text-surface hover:opacity-90",
} as const;

export type ButtonLook = keyof typeof LOOKS;

const SHAPE =
  "inline-flex min-h-11 min-w-11 items-center justify-center gap-2 rounded-full text-[0.94rem] font-semibold whitespace-nowrap transition-colors disabled:cursor-not-allowed disabled:opacity-55 aria-disabled:cursor-not-allowed aria-disabled:opacity-55";

/** The classes of a button, or of a link that looks like one; at least 44 pixels, as a finger needs. */
export function buttonLook(look: ButtonLook): string {
  return `${SHAPE} ${LOOKS[look]}`;
}

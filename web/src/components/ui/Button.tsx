import type { ButtonHTMLAttributes } from "react";
import { Icon, type IconName } from "./Icon.tsx";

const LOOKS = {
  primary: "bg-accent text-on-accent hover:bg-accent-hover shadow-sm",
  quiet: "border border-line-strong/60 bg-surface text-ink hover:bg-sunk",
  ghost: "text-muted hover:bg-sunk hover:text-ink",
  danger: "bg-danger text-surface hover:opacity-90",
} as const;

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly look?: keyof typeof LOOKS;
  readonly icon?: IconName;
  /** On a phone only the icon is seen; the name stays for those who hear it. */
  readonly compact?: boolean;
  /** On a phone only the name is seen. */
  readonly iconOnWide?: boolean;
}

/** A button of at least 44 pixels, as a finger needs it. */
export function Button({ look = "quiet", icon, className = "", ...rest }: ButtonProps) {
  const { children, compact = false, iconOnWide = false, ...attributes } = rest;
  const shape = compact ? "px-3 sm:px-4" : "px-4";
  return (
    <button
      type="button"
      className={`inline-flex min-h-11 min-w-11 items-center justify-center gap-2 rounded-full ${shape} text-[0.94rem] font-semibold whitespace-nowrap transition-colors disabled:cursor-not-allowed disabled:opacity-55 ${LOOKS[look]} ${className}`}
      {...attributes}
    >
      {icon !== undefined && <Icon name={icon} className={iconOnWide ? "hidden size-5 sm:block" : "size-5"} />}
      <span className={compact ? "sr-only sm:not-sr-only" : ""}>{children}</span>
    </button>
  );
}

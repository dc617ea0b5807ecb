import type { ButtonHTMLAttributes, Ref } from "react";
import { buttonLook, type ButtonLook } from "./button-look.ts";
import { Icon, type IconName } from "./Icon.tsx";

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly ref?: Ref<HTMLButtonElement>;
  readonly look?: ButtonLook;
  readonly icon?: IconName;
  /** In a narrow header (the nearest container) only the icon is seen; the name stays for those who hear it. */
  readonly compact?: boolean;
  /** On a phone only the name is seen. */
  readonly iconOnWide?: boolean;
}

/** Something to press. */
export function Button({ look = "quiet", icon, className = "", ...rest }: ButtonProps) {
  const { children, compact = false, iconOnWide = false, ...attributes } = rest;
  const room = compact ? "px-3 @xl:px-4" : "px-4";
  return (
    <button type="button" className={`${buttonLook(look)} ${room} ${className}`} {...attributes}>
      {icon !== undefined && <Icon name={icon} className={iconOnWide ? "hidden size-5 sm:block" : "size-5"} />}
      <span className={compact ? "sr-only @xl:not-sr-only" : ""}>{children}</span>
    </button>
  );
}

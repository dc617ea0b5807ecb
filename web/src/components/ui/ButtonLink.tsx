import type { ReactNode } from "react";
import { Link } from "react-router";
import { buttonLook, type ButtonLook } from "./button-look.ts";

interface ButtonLinkProps {
  /** A route of this page. */
  readonly to: string;
  readonly look?: ButtonLook;
  readonly onChosen?: () => void;
  readonly children: ReactNode;
}

/** A way to another route that looks like a button. */
export function ButtonLink({ to, look = "quiet", onChosen, children }: ButtonLinkProps) {
  return (
    <Link to={to} className={`${buttonLook(look)} px-4`} onClick={onChosen}>
      {children}
    </Link>
  );
}

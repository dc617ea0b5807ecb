import type { ReactNode } from "react";
import { Link } from "react-router";
import { buttonLook, type ButtonLook } from "./button-look.ts";

interface ButtonLinkProps {
  /** A route of this page. */
  readonly to: string;
  readonly look?: ButtonLook;
  /** Where one wanted to go: whoever comes to be signed in there goes on to it. */
  readonly wanted?: string;
  readonly onChosen?: () => void;
  readonly children: ReactNode;
}

/** A way to another route that looks like a button. */
export function ButtonLink({ to, look = "quiet", wanted, onChosen, children }: ButtonLinkProps) {
  return (
    <Link to={to} state={wanted === undefined ? null : { wanted }} className={`${buttonLook(look)} px-4`} onClick={onChosen}>
      {children}
    </Link>
  );
}

import type { ReactNode } from "react";
import { Link } from "react-router";

interface TextLinkProps {
  /** A route of this page. */
  readonly to: string;
  readonly children: ReactNode;
}

/** A way to another route, among words. */
export function TextLink({ to, children }: TextLinkProps) {
  return (
    <Link
      to={to}
      className="inline-block rounded-md py-2.5 font-semibold text-ink underline decoration-line-strong underline-offset-4 hover:decoration-current"
    >
      {children}
    </Link>
  );
}

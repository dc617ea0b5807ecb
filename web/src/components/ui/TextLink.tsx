import type { ReactNode } from "react";
import { Link, useLocation } from "react-router";

interface TextLinkProps {
  /** A route of this page. */
  readonly to: string;
  readonly children: ReactNode;
}

/** A way to another route, among words. Where one wanted to go in the first place goes along. */
export function TextLink({ to, children }: TextLinkProps) {
  const location = useLocation();
  return (
    <Link
      to={to}
      state={location.state as unknown}
      className="inline-block rounded-md py-2.5 font-semibold text-ink underline decoration-line-strong underline-offset-4 hover:decoration-current"
    >
      {children}
    </Link>
  );
}

import { useLayoutEffect, useRef, type ReactNode } from "react";
import { ButtonLink } from "./ui/ButtonLink.tsx";

interface NoSuchPlaceProps {
  readonly title: string;
  readonly children: ReactNode;
  readonly to: string;
  readonly back: string;
}

/** In place of what is not there: an address that was cut short, or made up. */
export function NoSuchPlace({ title, children, to, back }: NoSuchPlaceProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => heading.current?.focus(), []);
  return (
    <div className="grid h-full place-content-center justify-items-center gap-3 px-6 text-center">
      <h1 ref={heading} tabIndex={-1} className="font-display text-2xl font-semibold text-balance">
        {title}
      </h1>
      <p className="max-w-sm text-pretty text-muted">{children}</p>
      <ButtonLink to={to}>{back}</ButtonLink>
    </div>
  );
}

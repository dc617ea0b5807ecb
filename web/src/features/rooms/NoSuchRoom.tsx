import { useEffect, useRef } from "react";
import { ButtonLink } from "../../components/ui/ButtonLink.tsx";

/** In place of a room that is not there: an address that was cut short, or made up. */
export function NoSuchRoom() {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <div className="grid h-full place-content-center justify-items-center gap-3 px-6 text-center">
      <h1 ref={heading} tabIndex={-1} className="font-display text-2xl font-semibold text-balance">
        There is no such room.
      </h1>
      <p className="max-w-sm text-pretty text-muted">Look at the address: a part of it may be missing.</p>
      <ButtonLink to="/rooms">All rooms</ButtonLink>
    </div>
  );
}

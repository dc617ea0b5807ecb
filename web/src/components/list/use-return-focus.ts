import { useLayoutEffect, useRef, type RefObject } from "react";

/** The heading of a list: whoever comes back from what was open goes on there. */
export function useReturnFocus(openId: string | null): RefObject<HTMLHeadingElement | null> {
  const heading = useRef<HTMLHeadingElement>(null);
  const wasOpen = useRef(openId !== null);
  useLayoutEffect(() => {
    if (openId === null && wasOpen.current) heading.current?.focus();
    wasOpen.current = openId !== null;
  }, [openId]);
  return heading;
}

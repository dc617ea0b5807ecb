import { useEffect, useState } from "react";

/** "Trying again in N s", counting down to `until` (milliseconds since 1970). */
export function Countdown({ until }: { readonly until: number }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, []);
  return `Trying again in ${Math.max(1, Math.ceil((until - now) / 1_000))}\u00a0s.`;
}

import { useEffect, useState } from "react";

/** The whole seconds until `moment` (milliseconds since 1970), counting down; 0 once it is over. */
export function useSecondsLeft(moment: number | null): number {
  const [now, setNow] = useState(() => Date.now());
  const left = moment === null ? 0 : Math.max(0, Math.ceil((moment - now) / 1_000));
  const counting = left > 0;
  useEffect(() => {
    if (moment === null) return;
    const look = (): void => setNow(Date.now());
    look();
    if (!counting) return;
    const timer = setInterval(look, 250);
    return () => clearInterval(timer);
  }, [moment, counting]);
  return left;
}

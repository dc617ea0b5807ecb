import type { ParlourError, Result } from "@parlour/sdk/errors";
import { useRef, useState } from "react";

export interface SigningOut {
  readonly busy: boolean;
  /** Why the last attempt did not work. */
  readonly error: ParlourError | null;
  readonly run: () => void;
}

/** Signs out once at a time, and keeps why it did not work. */
export function useSignOut(signOut: () => Promise<Result<object>>): SigningOut {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ParlourError | null>(null);
  const running = useRef(false);

  async function run(): Promise<void> {
    if (running.current) return;
    running.current = true;
    setBusy(true);
    setError(null);
    const result = await signOut();
    running.current = false;
    setBusy(false);
    if (!result.ok) setError(result.error);
  }

  return { busy, error, run: () => void run() };
}

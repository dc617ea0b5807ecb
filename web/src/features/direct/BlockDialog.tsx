import type { ParlourError, Result } from "@parlour/sdk/errors";
import { useState } from "react";
import { Button } from "../../components/ui/Button.tsx";
import { Dialog } from "../../components/ui/Dialog.tsx";
import { errorWords } from "../../model/error-words.ts";

interface BlockDialogProps {
  readonly open: boolean;
  readonly name: string;
  readonly block: () => Promise<Result<object>>;
  readonly onClose: () => void;
}

/** Asks before somebody is blocked. */
export function BlockDialog({ open, name, block, onClose }: BlockDialogProps) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ParlourError | null>(null);

  async function confirm(): Promise<void> {
    if (busy) return;
    setBusy(true);
    setError(null);
    const result = await block();
    setBusy(false);
    if (result.ok) onClose();
    else setError(result.error);
  }

  return (
    <Dialog
      open={open}
      title={`Block ${name}?`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="danger" aria-disabled={busy} onClick={() => void confirm()}>
            {busy ? "Blocking…" : "Block"}
          </Button>
        </>
      }
    >
      You two can no longer write to each other, and neither sees whether the other is there. To them it is as if
      this conversation were gone. You can take it back at any time.
      <p role="alert" className="mt-2 text-danger empty:hidden">
        {error !== null && `Nobody was blocked. ${errorWords(error)}`}
      </p>
    </Dialog>
  );
}

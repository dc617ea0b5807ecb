import type { ParlourError, Result } from "@parlour/sdk/errors";
import { useState } from "react";
import { Button } from "../../components/ui/Button.tsx";
import { Dialog } from "../../components/ui/Dialog.tsx";
import { errorWords } from "../../model/error-words.ts";

interface LeaveDialogProps {
  readonly open: boolean;
  readonly name: string;
  readonly leave: () => Promise<Result<object>>;
  readonly onClose: () => void;
  readonly onLeft: () => void;
}

/** Asks before one is out of a room: what was read there is forgotten. */
export function LeaveDialog({ open, name, leave, onClose, onLeft }: LeaveDialogProps) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ParlourError | null>(null);

  async function confirm(): Promise<void> {
    if (busy) return;
    setBusy(true);
    setError(null);
    const result = await leave();
    setBusy(false);
    if (result.ok) onLeft();
    else setError(result.error);
  }

  return (
    <Dialog
      open={open}
      title={`Leave ${name}?`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Stay</Button>
          <Button look="danger" aria-disabled={busy} onClick={() => void confirm()}>
            {busy ? "Leaving…" : "Leave"}
          </Button>
        </>
      }
    >
      It goes from your list, and its messages are no longer counted for you. You can come back at any time.
      <p role="alert" className="mt-2 text-danger empty:hidden">
        {error !== null && `You are still in. ${errorWords(error)}`}
      </p>
    </Dialog>
  );
}

import type { ParlourError, Result } from "@parlour/sdk/errors";
import { useState, type ReactNode } from "react";
import { errorWords } from "../../model/error-words.ts";
import { ConfirmDialog } from "./ConfirmDialog.tsx";
import type { DialogName } from "./dialog-names.ts";

interface RequestDialogProps {
  readonly name: DialogName;
  readonly open: boolean;
  readonly title: string;
  /** What the way back is called. */
  readonly refuse: string;
  /** What the deed is called, before and while it is being done. */
  readonly confirm: { readonly idle: string; readonly busy: string };
  /** What the server is asked for. */
  readonly request: () => Promise<Result<object>>;
  /** What is still so after a refusal. */
  readonly failed: string;
  readonly onDone: () => void;
  readonly onClose: () => void;
  /** What follows from it. */
  readonly children: ReactNode;
}

/** Asks before the server is asked to do something, and says so if it did not. */
export function RequestDialog(props: RequestDialogProps) {
  const { name, open, title, refuse, confirm, request, failed, onDone, onClose, children } = props;
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ParlourError | null>(null);

  async function ask(): Promise<void> {
    if (busy) return;
    setBusy(true);
    setError(null);
    const result = await request();
    setBusy(false);
    if (result.ok) onDone();
    else setError(result.error);
  }

  return (
    <ConfirmDialog
      name={name}
      open={open}
      title={title}
      refuse={refuse}
      confirm={busy ? confirm.busy : confirm.idle}
      busy={busy}
      onConfirm={() => void ask()}
      onClose={onClose}
    >
      {children}
      <p role="alert" className="mt-2 text-danger empty:hidden">
        {error !== null && `${failed} ${errorWords(error)}`}
      </p>
    </ConfirmDialog>
  );
}

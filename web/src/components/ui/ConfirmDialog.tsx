import type { ReactNode } from "react";
import { Button } from "./Button.tsx";
import { Dialog } from "./Dialog.tsx";
import type { DialogName } from "./dialog-names.ts";

interface ConfirmDialogProps {
  readonly name: DialogName;
  readonly open: boolean;
  readonly title: string;
  /** What the way back is called. */
  readonly refuse: string;
  /** What the deed is called. */
  readonly confirm: string;
  /** Whether it is being done. */
  readonly busy?: boolean;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
  /** What follows from it. */
  readonly children: ReactNode;
}

/** Asks before something is done that one might regret. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { name, open, title, refuse, confirm, busy = false, onConfirm, onClose, children } = props;
  return (
    <Dialog
      name={name}
      open={open}
      title={title}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{refuse}</Button>
          <Button look="danger" aria-disabled={busy} onClick={onConfirm}>
            {confirm}
          </Button>
        </>
      }
    >
      {children}
    </Dialog>
  );
}

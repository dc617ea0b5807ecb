import { ConfirmDialog } from "../../components/ui/ConfirmDialog.tsx";

interface BlockDialogProps {
  /** Whom to block; `null` while nobody asks. */
  readonly partner: string | null;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

/** Asks before somebody is blocked: it ends the chat and cannot be taken back. */
export function BlockDialog({ partner, onConfirm, onClose }: BlockDialogProps) {
  return (
    <ConfirmDialog
      name="block-stranger"
      open={partner !== null}
      title={`Block ${partner ?? "this person"}?`}
      refuse="Keep talking"
      confirm="Block"
      onConfirm={onConfirm}
      onClose={onClose}
    >
      The chat ends, and you two will not be put together again. They are not told why.
    </ConfirmDialog>
  );
}

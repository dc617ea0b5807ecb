import { Button } from "../../components/ui/Button.tsx";
import { Dialog } from "../../components/ui/Dialog.tsx";

interface BlockDialogProps {
  /** Whom to block; `null` while nobody asks. */
  readonly partner: string | null;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

/** Asks before somebody is blocked: it ends the chat and cannot be taken back. */
export function BlockDialog({ partner, onConfirm, onClose }: BlockDialogProps) {
  return (
    <Dialog
      open={partner !== null}
      title={`Block ${partner ?? "this person"}?`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Keep talking</Button>
          <Button look="danger" onClick={onConfirm}>
            Block
          </Button>
        </>
      }
    >
      The chat ends, and you two will not be put together again. They are not told why.
    </Dialog>
  );
}

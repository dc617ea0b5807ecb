import { Button } from "../../components/ui/Button.tsx";
import { Dialog } from "../../components/ui/Dialog.tsx";

interface SignOutDialogProps {
  readonly open: boolean;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

/** Asks before one signs out in the middle of a chat. */
export function SignOutDialog({ open, onConfirm, onClose }: SignOutDialogProps) {
  return (
    <Dialog
      open={open}
      title="Sign out now?"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Stay</Button>
          <Button look="danger" onClick={onConfirm}>
            Sign out
          </Button>
        </>
      }
    >
      The chat with a stranger that you are in ends with it.
    </Dialog>
  );
}

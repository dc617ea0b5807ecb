import { ConfirmDialog } from "../../components/ui/ConfirmDialog.tsx";

interface SignOutDialogProps {
  readonly open: boolean;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

/** Asks before one signs out in the middle of a chat. */
export function SignOutDialog({ open, onConfirm, onClose }: SignOutDialogProps) {
  return (
    <ConfirmDialog
      name="sign-out"
      open={open}
      title="Sign out now?"
      refuse="Stay"
      confirm="Sign out"
      onConfirm={onConfirm}
      onClose={onClose}
    >
      The chat with a stranger that you are in ends with it.
    </ConfirmDialog>
  );
}

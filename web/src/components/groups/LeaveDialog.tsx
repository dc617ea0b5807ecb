import type { Result } from "@parlour/sdk/errors";
import { RequestDialog } from "../ui/RequestDialog.tsx";

interface LeaveDialogProps {
  readonly open: boolean;
  readonly name: string;
  /** Whether one can come back by oneself. */
  readonly isPrivate: boolean;
  readonly leave: () => Promise<Result<object>>;
  readonly onClose: () => void;
  readonly onLeft: () => void;
}

/** Asks before one is out of a group: what was read there is forgotten. */
export function LeaveDialog({ open, name, isPrivate, leave, onClose, onLeft }: LeaveDialogProps) {
  return (
    <RequestDialog
      name="leave-group"
      open={open}
      title={`Leave ${name}?`}
      refuse="Stay"
      confirm={{ idle: "Leave", busy: "Leaving…" }}
      request={leave}
      failed="You are still in."
      onDone={onLeft}
      onClose={onClose}
    >
      It goes from your list, and its messages are no longer counted for you. {isPrivate ? "You can come back only if a member invites you." : "You can come back at any time."}
    </RequestDialog>
  );
}

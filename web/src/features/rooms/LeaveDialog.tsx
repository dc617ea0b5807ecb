import type { Result } from "@parlour/sdk/errors";
import { RequestDialog } from "../../components/ui/RequestDialog.tsx";

interface LeaveDialogProps {
  readonly open: boolean;
  readonly name: string;
  readonly leave: () => Promise<Result<object>>;
  readonly onClose: () => void;
  readonly onLeft: () => void;
}

/** Asks before one is out of a room: what was read there is forgotten. */
export function LeaveDialog({ open, name, leave, onClose, onLeft }: LeaveDialogProps) {
  return (
    <RequestDialog
      open={open}
      title={`Leave ${name}?`}
      refuse="Stay"
      confirm={{ idle: "Leave", busy: "Leaving…" }}
      request={leave}
      failed="You are still in."
      onDone={onLeft}
      onClose={onClose}
    >
      It goes from your list, and its messages are no longer counted for you. You can come back at any time.
    </RequestDialog>
  );
}

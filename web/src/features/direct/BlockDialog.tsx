import type { Result } from "@parlour/sdk/errors";
import { shownName, type User } from "@parlour/sdk/user";
import { PersonAsked } from "../../components/people/PersonAsked.tsx";
import { RequestDialog } from "../../components/ui/RequestDialog.tsx";

interface BlockDialogProps {
  readonly open: boolean;
  readonly user: User;
  readonly block: () => Promise<Result<object>>;
  readonly onClose: () => void;
}

/** Asks before somebody is blocked. */
export function BlockDialog({ open, user, block, onClose }: BlockDialogProps) {
  return (
    <RequestDialog
      name="block-person"
      open={open}
      title={`Block ${shownName(user)}?`}
      refuse="Cancel"
      confirm={{ idle: "Block", busy: "Blocking…" }}
      request={block}
      failed="Nobody was blocked."
      onDone={onClose}
      onClose={onClose}
    >
      <PersonAsked user={user} />
      You two can no longer write to each other, and neither sees whether the other is there. To them it is as if
      this conversation were gone. You can take it back at any time.
    </RequestDialog>
  );
}

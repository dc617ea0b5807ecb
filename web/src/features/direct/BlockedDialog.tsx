import { BlockedPeople } from "../../components/people/BlockedPeople.tsx";
import { Button } from "../../components/ui/Button.tsx";
import { Dialog } from "../../components/ui/Dialog.tsx";
import type { Direct } from "../../model/direct.ts";

interface BlockedDialogProps {
  readonly open: boolean;
  readonly direct: Direct;
  readonly onClose: () => void;
}

/** Whom one blocks, and the way to take it back. */
export function BlockedDialog({ open, direct, onClose }: BlockedDialogProps) {
  return (
    <Dialog
      name="blocked-people"
      open={open}
      title="People you block"
      onClose={onClose}
      actions={<Button onClick={onClose}>Close</Button>}
    >
      <p className="text-pretty">
        You and they cannot write to each other, and neither sees whether the other is there.
      </p>
      {open && (
        <div className="max-h-80 overflow-y-auto">
          <BlockedPeople blocks={direct.blocks} />
        </div>
      )}
    </Dialog>
  );
}

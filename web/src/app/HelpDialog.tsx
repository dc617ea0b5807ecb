import { ShortcutList } from "../a11y/ShortcutList.tsx";
import { Button } from "../components/ui/Button.tsx";
import { Dialog } from "../components/ui/Dialog.tsx";

interface HelpDialogProps {
  readonly open: boolean;
  readonly onClose: () => void;
}

/** Every shortcut there is, at `?`. */
export function HelpDialog({ open, onClose }: HelpDialogProps) {
  return (
    <Dialog
      name="shortcuts"
      open={open}
      title="Keyboard shortcuts"
      onClose={onClose}
      actions={<Button onClick={onClose}>Close</Button>}
    >
      {/* What scrolls has to be reachable without a pointer. */}
      {open && (
        <div role="region" aria-label="Shortcuts" tabIndex={0} className="-mx-2 max-h-[min(30rem,60vh)] overflow-y-auto rounded-xl p-2 focus-visible:outline-2 focus-visible:outline-offset-0">
          <ShortcutList level="h3" />
        </div>
      )}
    </Dialog>
  );
}

import type { ParlourError } from "@parlour/sdk/errors";
import { shownName, type User } from "@parlour/sdk/user";
import { useState } from "react";
import { Avatar } from "../../components/Avatar.tsx";
import { PersonName } from "../../components/PersonName.tsx";
import { Button } from "../../components/ui/Button.tsx";
import { Dialog } from "../../components/ui/Dialog.tsx";
import { useStore } from "../../components/use-store.ts";
import type { Direct } from "../../model/direct.ts";
import { errorWords } from "../../model/error-words.ts";

interface BlockedDialogProps {
  readonly open: boolean;
  readonly direct: Direct;
  readonly onClose: () => void;
}

/** Whom one blocks, and the way to take it back. */
export function BlockedDialog({ open, direct, onClose }: BlockedDialogProps) {
  return (
    <Dialog open={open} title="People you block" onClose={onClose} actions={<Button onClick={onClose}>Close</Button>}>
      {open && <Blocked direct={direct} />}
    </Dialog>
  );
}

function Blocked({ direct }: { readonly direct: Direct }) {
  const { phase, error, users } = useStore(direct.blocks);
  const [failure, setFailure] = useState<ParlourError | null>(null);
  const [busy, setBusy] = useState<string | null>(null);
  const shown = failure ?? (phase === "failed" ? error : null);

  async function unblock(user: User): Promise<void> {
    if (busy !== null) return;
    setBusy(user.id);
    const result = await direct.unblock(user);
    setBusy(null);
    setFailure(result.ok ? null : result.error);
  }

  return (
    <>
      <p className="text-pretty">
        You and they cannot write to each other, and neither sees whether the other is there.
      </p>
      <p role="alert" className="mt-2 text-danger empty:hidden">
        {shown !== null && errorWords(shown)}
      </p>
      <ul aria-label="People you block" className="mt-2 max-h-80 overflow-y-auto text-ink">
        {[...users.values()].map((user) => (
          <li key={user.id} className="flex items-center gap-3 py-2">
            <Avatar name={shownName(user)} image={user.avatarUrl} />
            <div className="min-w-0 flex-1">
              <PersonName user={user} />
            </div>
            <Button aria-disabled={busy !== null} onClick={() => void unblock(user)}>
              Unblock<span className="sr-only"> {shownName(user)}</span>
            </Button>
          </li>
        ))}
      </ul>
      <p role="status" className="mt-2 empty:hidden">
        {phase === "loading" ? "One moment…" : users.size === 0 && phase === "ready" ? "You block nobody." : null}
      </p>
    </>
  );
}

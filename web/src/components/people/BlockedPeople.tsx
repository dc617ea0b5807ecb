import type { ParlourError, Result } from "@parlour/sdk/errors";
import type { Observable } from "@parlour/sdk/store";
import { shownName, type User } from "@parlour/sdk/user";
import { useRef, useState } from "react";
import type { BlocksState } from "../../model/blocks.ts";
import { errorWords } from "../../model/error-words.ts";
import { Avatar } from "../Avatar.tsx";
import { PersonName } from "../PersonName.tsx";
import { Button } from "../ui/Button.tsx";
import { useStore } from "../use-store.ts";

interface BlockedPeopleProps {
  readonly blocks: Observable<BlocksState>;
  readonly unblock: (user: User) => Promise<Result<object>>;
}

/** Whom one blocks, and the way to take it back. */
export function BlockedPeople({ blocks, unblock }: BlockedPeopleProps) {
  const { phase, error, users } = useStore(blocks);
  const [failure, setFailure] = useState<ParlourError | null>(null);
  const [busy, setBusy] = useState<string | null>(null);
  const [freed, setFreed] = useState<string | null>(null);
  const status = useRef<HTMLParagraphElement>(null);
  const shown = failure ?? (phase === "failed" ? error : null);

  async function free(user: User): Promise<void> {
    if (busy !== null) return;
    setBusy(user.id);
    const result = await unblock(user);
    setBusy(null);
    setFailure(result.ok ? null : result.error);
    if (!result.ok) return;
    setFreed(shownName(user));
    // The button that was pressed goes.
    status.current?.focus();
  }

  return (
    <>
      <p role="alert" className="mt-2 text-danger empty:hidden">
        {shown !== null && errorWords(shown)}
      </p>
      <ul aria-label="People you block" className="mt-2 text-ink">
        {[...users.values()].map((user) => (
          <li key={user.id} className="flex items-center gap-3 py-2">
            <Avatar id={user.id} name={shownName(user)} image={user.avatarUrl} />
            <div className="min-w-0 flex-1">
              <PersonName user={user} />
            </div>
            <Button aria-disabled={busy !== null} onClick={() => void free(user)}>
              Unblock<span className="sr-only"> {shownName(user)}</span>
            </Button>
          </li>
        ))}
      </ul>
      <p ref={status} role="status" tabIndex={-1} className="mt-2 text-pretty text-muted empty:hidden">
        {freed !== null && `${freed} is not blocked any more. `}
        {phase === "loading" ? "One moment…" : users.size === 0 && phase === "ready" ? "You block nobody." : null}
      </p>
    </>
  );
}

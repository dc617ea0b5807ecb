import type { ParlourError } from "@parlour/sdk/errors";
import { shownName, type User } from "@parlour/sdk/user";
import { useRef, useState } from "react";
import type { Blocks } from "../../model/blocks.ts";
import { errorWords } from "../../model/error-words.ts";
import { Avatar } from "../Avatar.tsx";
import { PersonName } from "../PersonName.tsx";
import { Button } from "../ui/Button.tsx";
import { useStore } from "../use-store.ts";

/** Whom one blocks, and the way to take it back. */
export function BlockedPeople({ blocks }: { readonly blocks: Blocks }) {
  const { phase, error, users } = useStore(blocks);
  const [failure, setFailure] = useState<ParlourError | null>(null);
  const [busy, setBusy] = useState<string | null>(null);
  const [retrying, setRetrying] = useState(false);
  const [freed, setFreed] = useState<string | null>(null);
  const status = useRef<HTMLParagraphElement>(null);
  const shown = failure ?? (phase === "failed" ? error : null);

  async function free(user: User): Promise<void> {
    if (busy !== null) return;
    setBusy(user.id);
    const result = await blocks.unblock(user.id);
    setBusy(null);
    setFailure(result.ok ? null : result.error);
    if (!result.ok) return;
    setFreed(shownName(user));
    // The button that was pressed goes.
    status.current?.focus();
  }

  async function again(): Promise<void> {
    if (retrying) return;
    setRetrying(true);
    await blocks.read();
    setRetrying(false);
    // The button that was pressed goes when the list is there.
    if (blocks.snapshot().phase === "ready") status.current?.focus();
  }

  return (
    <>
      <p role="alert" className="mt-2 text-danger empty:hidden">
        {shown !== null && errorWords(shown)}
      </p>
      {failure === null && phase === "failed" && (
        <Button className="mt-2" aria-disabled={retrying} onClick={() => void again()}>
          {retrying ? "One moment…" : "Try again"}
        </Button>
      )}
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

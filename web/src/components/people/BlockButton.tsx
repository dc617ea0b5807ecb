import type { ParlourError } from "@parlour/sdk/errors";
import { shownName, type User } from "@parlour/sdk/user";
import { useState } from "react";
import type { BlocksView } from "../../model/blocks.ts";
import { errorWords } from "../../model/error-words.ts";
import { RequestDialog } from "../ui/RequestDialog.tsx";
import { useStore } from "../use-store.ts";
import { PersonAction } from "./PersonAction.tsx";
import { PersonAsked } from "./PersonAsked.tsx";

interface BlockButtonProps {
  readonly blocks: BlocksView;
  readonly user: User;
}

/** Beside somebody in a list: to have nothing to do with them any more, or again. */
export function BlockButton({ blocks, user }: BlockButtonProps) {
  const { users } = useStore(blocks);
  const [asking, setAsking] = useState(false);
  const [error, setError] = useState<ParlourError | null>(null);
  const isBlocked = users.has(user.id);
  const name = shownName(user);

  async function unblock(): Promise<void> {
    const result = await blocks.unblock(user.id);
    setError(result.ok ? null : result.error);
  }

  return (
    <>
      <PersonAction
        icon="block"
        word={isBlocked ? "Unblock" : "Block"}
        name={name}
        className={isBlocked ? "text-danger" : "text-muted"}
        onClick={() => (isBlocked ? void unblock() : setAsking(true))}
      />
      <p role="alert" className="order-last basis-full text-sm text-danger empty:hidden">
        {error !== null && `Still blocked. ${errorWords(error)}`}
      </p>
      <RequestDialog
        name="block-member"
        open={asking}
        title={`Block ${name}?`}
        refuse="Cancel"
        confirm={{ idle: "Block", busy: "Blocking…" }}
        request={() => blocks.block(user)}
        failed="Nobody was blocked."
        onDone={() => setAsking(false)}
        onClose={() => setAsking(false)}
      >
        <PersonAsked user={user} />
        What they say in rooms and channels is folded away for you; they are not told, and others read it as before. You
        two can no longer write to each other directly, and neither sees whether the other is there. You can take it back
        at any time.
      </RequestDialog>
    </>
  );
}

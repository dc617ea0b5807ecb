import type { Observable } from "@parlour/sdk/store";
import { useEffect } from "react";
import { BlockedPeople } from "../../components/people/BlockedPeople.tsx";
import { useStore } from "../../components/use-store.ts";
import type { Blocks } from "../../model/blocks.ts";

/** Everybody whom one blocks, wherever one did. */
export function BlockedSection({ blocks }: { readonly blocks: Observable<Blocks | null> }) {
  const present = useStore(blocks);
  useEffect(() => {
    void present?.read();
  }, [present]);
  return (
    <div>
      <p className="text-pretty text-muted">
        You and they cannot write to each other, neither sees whether the other is there, and you are never put together
        as strangers. What they say in rooms and channels is folded away for you. A stranger whom you blocked in a chat is not listed: nobody knows who it was, and it cannot be taken
        back.
      </p>
      {present !== null && <BlockedPeople blocks={present} />}
    </div>
  );
}

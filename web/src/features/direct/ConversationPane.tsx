import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { orThrow, Refusal } from "../../components/refusal.ts";
import { useStore } from "../../components/use-store.ts";
import { useCalmStore } from "../../components/use-calm-store.ts";
import type { Direct } from "../../model/direct.ts";
import { NoSuchConversation } from "./NoSuchConversation.tsx";
import { OpenedConversation } from "./OpenedConversation.tsx";

interface ConversationPaneProps {
  readonly direct: Direct;
  readonly id: string;
  readonly connected: boolean;
}

/** Opens the conversation as soon as it is known with whom, and closes it on the way out. */
export function ConversationPane({ direct, id, connected }: ConversationPaneProps) {
  const { phase, conversations } = useCalmStore(direct.inbox);
  const open = useStore(direct.open);
  const listed = conversations.get(id) ?? null;
  const isKnown = listed !== null;
  // An address that came from elsewhere: the list does not have it, or only further down.
  const found = useQuery({
    queryKey: ["conversation", id],
    queryFn: async () => orThrow(await direct.find(id)),
    enabled: !isKnown && phase !== "loading" && connected && open?.id !== id,
  });
  useEffect(() => {
    if (isKnown) direct.enter(id);
  }, [direct, id, isKnown]);
  useEffect(() => () => direct.exit(id), [direct, id]);

  if (open?.id === id) return <OpenedConversation direct={direct} feed={open.feed} id={id} listed={listed} connected={connected} />;
  const refusal = found.error instanceof Refusal ? found.error.error : null;
  if (refusal !== null && !refusal.retryable) return <NoSuchConversation />;
  return (
    <div role="status" className="grid h-full place-content-center justify-items-center gap-3 px-6 text-center text-muted">
      <h1>{connected ? "Opening the conversation…" : "The conversation opens as soon as you are connected."}</h1>
      {refusal !== null && (
        <button type="button" className="min-h-11 font-semibold underline underline-offset-2" onClick={() => void found.refetch()}>
          It takes longer than it should: try again
        </button>
      )}
    </div>
  );
}

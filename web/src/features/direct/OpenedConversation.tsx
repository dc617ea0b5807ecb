import type { DirectFeed } from "@parlour/sdk/direct-feed";
import type { ListedDirect } from "@parlour/sdk/direct-inbox";
import { shownName } from "@parlour/sdk/user";
import { useRef, useState } from "react";
import { useFirstFocus } from "../../components/use-first-focus.ts";
import { useStore } from "../../components/use-store.ts";
import type { Direct } from "../../model/direct.ts";
import { BlockDialog } from "./BlockDialog.tsx";
import { ClosedBar } from "./ClosedBar.tsx";
import { DirectHeader } from "./DirectHeader.tsx";
import { DirectTimeline } from "./DirectTimeline.tsx";
import { DirectWriting } from "./DirectWriting.tsx";
import { NoSuchConversation } from "./NoSuchConversation.tsx";

interface OpenedConversationProps {
  readonly direct: Direct;
  readonly feed: DirectFeed;
  readonly id: string;
  /** As the list has it; `null` when it has gone from there, because the other one has blocked one. */
  readonly listed: ListedDirect | null;
  readonly connected: boolean;
}

/** A conversation: with whom, what is said in it, and the field to write in. */
export function OpenedConversation({ direct, feed, id, listed, connected }: OpenedConversationProps) {
  const { phase, joinError } = useStore(feed);
  const { users: blocked } = useStore(direct.blocks);
  const [blocking, setBlocking] = useState(false);
  const [known, setKnown] = useState(listed);
  if (listed !== null && listed !== known) setKnown(listed);
  const heading = useRef<HTMLHeadingElement>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const other = known?.other_user ?? null;
  const isBlocked = other !== null && blocked.has(other.id);
  const isGone = joinError?.code === "not_found";
  const isOpen = !isBlocked && !isGone;

  useFirstFocus(field, heading, isOpen);

  if (other === null || (phase.kind === "failed" && phase.error.code === "not_found")) return <NoSuchConversation />;
  const name = shownName(other);
  return (
    <section aria-label={name} className="flex h-full min-h-0 min-w-0 flex-col">
      <DirectHeader
        heading={heading}
        conversation={known}
        user={other}
        showsPresence={connected && isOpen}
        onBlock={isBlocked ? null : () => setBlocking(true)}
      />
      <DirectTimeline direct={direct} feed={feed} id={id} user={other} connected={connected} />
      {isOpen ? (
        <DirectWriting field={field} direct={direct} feed={feed} id={id} name={name} />
      ) : (
        <ClosedBar
          name={name}
          isBlocked={isBlocked}
          connected={connected}
          onUnblock={() => direct.blocks.unblock(other.id)}
          onRetry={() => feed.retry()}
        />
      )}
      <BlockDialog open={blocking} user={other} block={() => direct.block(other)} onClose={() => setBlocking(false)} />
    </section>
  );
}

import type { DirectFeed } from "@parlour/sdk/direct-feed";
import type { RefObject } from "react";
import { MessageWriting } from "../../components/composer/MessageWriting.tsx";
import { useStore } from "../../components/use-store.ts";
import { WhoTypes } from "../../components/WhoTypes.tsx";
import type { Direct } from "../../model/direct.ts";

interface DirectWritingProps {
  readonly field: RefObject<HTMLTextAreaElement | null>;
  readonly direct: Direct;
  readonly feed: DirectFeed;
  readonly id: string;
  readonly name: string;
}

/** The field, and whether the other one is typing. */
export function DirectWriting({ field, direct, feed, id, name }: DirectWritingProps) {
  const { joinError } = useStore(feed);
  const typing = useStore(feed.typing);
  return (
    <MessageWriting
      field={field}
      draft={direct.draft(id)}
      joinError={joinError}
      onType={(text) => direct.typed(id, text)}
      onSend={(text) => direct.write(id, text)}
      onLeave={() => direct.stopsTyping()}
      // Of fixed height: nothing jumps when somebody types.
      above={<p className="flex h-7 items-center gap-1.5 px-6 text-xs text-muted">{typing && <WhoTypes name={name} />}</p>}
    />
  );
}

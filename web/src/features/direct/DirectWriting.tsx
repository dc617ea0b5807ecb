import type { DirectFeed } from "@parlour/sdk/direct-feed";
import { useState, type RefObject } from "react";
import { Composer } from "../../components/composer/Composer.tsx";
import { useStore } from "../../components/use-store.ts";
import { WhoTypes } from "../../components/WhoTypes.tsx";
import type { Direct } from "../../model/direct.ts";
import { accountErrorWords } from "../../model/error-words.ts";

interface DirectWritingProps {
  readonly field: RefObject<HTMLTextAreaElement | null>;
  readonly direct: Direct;
  readonly feed: DirectFeed;
  readonly id: string;
  readonly name: string;
}

/** The field. It takes what is written without a connection too: that is sent once there is one. */
export function DirectWriting({ field, direct, feed, id, name }: DirectWritingProps) {
  const [text, setText] = useState(() => direct.draft(id));
  const [full, setFull] = useState(false);
  const { joinError } = useStore(feed);
  const typing = useStore(feed.typing);

  function change(typed: string): void {
    setText(typed);
    direct.typed(id, typed);
  }

  function send(): void {
    const taken = direct.write(id, text);
    setFull(!taken);
    if (!taken) return;
    setText("");
    direct.keepDraft(id, "");
  }

  return (
    <div className="shrink-0">
      {/* Of fixed height: nothing jumps when somebody types. */}
      <p className="flex h-7 items-center gap-1.5 px-6 text-xs text-muted">{typing && <WhoTypes name={name} />}</p>
      <p role="alert" className="px-6 pb-2 text-sm text-danger empty:hidden">
        {full
          ? "Too much is waiting to be sent already. It goes out as soon as the server can be reached."
          : joinError !== null && `You do not hear what is new here. ${accountErrorWords(joinError)}`}
      </p>
      <Composer
        field={field}
        text={text}
        placeholder="Write a message"
        canSend
        onChange={change}
        onSend={send}
        onLeave={() => direct.stopsTyping()}
      />
    </div>
  );
}

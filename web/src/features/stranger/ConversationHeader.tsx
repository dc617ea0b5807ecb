import type { ReactNode, RefObject } from "react";
import { Button } from "../../components/ui/Button.tsx";
import type { Phase } from "../../model/stranger-state.ts";

interface ConversationHeaderProps {
  readonly heading: RefObject<HTMLHeadingElement | null>;
  readonly phase: Phase;
  readonly busy: boolean;
  readonly onBlock: () => void;
  readonly onLeave: () => void;
  readonly onNewChat: () => void;
}

/** Who is here, and the ways out. */
export function ConversationHeader(props: ConversationHeaderProps) {
  const { heading, phase, busy, onBlock, onLeave, onNewChat } = props;
  const seeking = phase.kind === "waiting" || phase.kind === "starting";
  const seated = phase.kind === "talking" || phase.kind === "left";
  return (
    <div className="@container flex shrink-0 items-center gap-0.5 border-b border-line bg-surface py-2 ps-4 pe-2 sm:ps-5 sm:pe-3">
      <h1 ref={heading} tabIndex={-1} className="min-w-0 flex-1 leading-tight">
        <Title phase={phase} />
      </h1>
      {seated && (
        <Button look="ghost" icon="block" compact disabled={busy} onClick={onBlock}>
          Block
        </Button>
      )}
      <Button look={seeking ? "quiet" : "ghost"} icon={seeking ? "close" : "leave"} compact={!seeking} onClick={onLeave}>
        {seeking ? "Cancel" : "Leave"}
      </Button>
      {!seeking && (
        <Button look="quiet" icon="next" iconOnWide className="ms-1 sm:ms-2" disabled={busy} onClick={onNewChat}>
          New chat
        </Button>
      )}
    </div>
  );
}

function Title({ phase }: { readonly phase: Phase }): ReactNode {
  switch (phase.kind) {
    case "talking":
      return <TwoLines above="You are talking to" short="Talking to" name={phase.partner} />;
    case "left":
      return <TwoLines above="You were talking to" short="Talked to" name={phase.partner} />;
    case "lost":
      return <TwoLines above="You were talking to" short="Talked to" name={phase.partner} />;
    case "waiting":
    case "starting":
    case "idle":
      return <span className="font-display text-lg font-semibold">Stranger chat</span>;
  }
}

interface TwoLinesProps {
  readonly above: string;
  /** The same, where there is no room for it (the nearest container). */
  readonly short: string;
  readonly name: string;
}

function TwoLines({ above, short, name }: TwoLinesProps) {
  return (
    <>
      <span className="block truncate text-xs text-muted">
        <span className="@max-xs:sr-only">{above} </span>
        <span aria-hidden="true" className="hidden @max-xs:inline">
          {short}
        </span>
      </span>
      <span className="block truncate font-display text-lg font-semibold" title={name}>
        <bdi>{name}</bdi>
      </span>
    </>
  );
}

import { useRef, useState } from "react";
import { Timeline } from "../../components/timeline/Timeline.tsx";
import type { DraftKeeper } from "../../model/draft.ts";
import type { StrangerChat } from "../../model/stranger.ts";
import { canRetry, type StrangerState } from "../../model/stranger-state.ts";
import { BlockDialog } from "./BlockDialog.tsx";
import { ConversationHeader } from "./ConversationHeader.tsx";
import { EmptyTalk } from "./EmptyTalk.tsx";
import { EndedPanel } from "./EndedPanel.tsx";
import { hasFinePointer } from "../../components/fine-pointer.ts";
import { useFirstFocus } from "../../components/use-first-focus.ts";
import { NoticeBox } from "./NoticeBox.tsx";
import { useDraft } from "./use-draft.ts";
import { useEscapeTwice } from "./use-escape-twice.ts";
import { WaitingPanel } from "./WaitingPanel.tsx";
import { WritingArea } from "./WritingArea.tsx";

interface ConversationProps {
  readonly chat: StrangerChat;
  readonly state: StrangerState;
  readonly drafts: DraftKeeper;
  readonly connected: boolean;
}

/** Everything from START to leaving: one screen, so that the field never loses the focus. */
export function Conversation({ chat, state, drafts, connected }: ConversationProps) {
  const { phase, lines, epoch } = state;
  const field = useRef<HTMLTextAreaElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const [blocking, setBlocking] = useState(false);
  const draft = useDraft(drafts, chat, state);
  const partner = "partner" in phase ? phase.partner : null;
  const escapeArmed = useEscapeTwice(partner !== null && !blocking, () => newChat());

  useFirstFocus(field, heading);

  function newChat(): void {
    draft.set("");
    chat.newChat();
    // The button that was pressed may be gone in a moment.
    if (hasFinePointer()) field.current?.focus();
  }

  const seeking = phase.kind === "waiting" || phase.kind === "starting";
  return (
    <main className="flex min-h-0 flex-1 flex-col overflow-hidden border-line bg-canvas/70 sm:rounded-3xl sm:border sm:shadow-sm">
      <ConversationHeader
        heading={heading}
        phase={phase}
        busy={state.busy !== null}
        onBlock={() => setBlocking(true)}
        onLeave={() => chat.leave()}
        onNewChat={newChat}
      />
      {seeking && <WaitingPanel phase={phase} connected={connected} small={lines.rows.length > 0} />}
      {!seeking && lines.rows.length === 0 && <EmptyTalk partner={partner} over={phase.kind !== "talking"} />}
      {lines.rows.length > 0 && (
        <Timeline
          key={epoch}
          lines={lines}
          label="Conversation"
          canRetry={(line) => canRetry(phase, line)}
          onRetry={(key) => chat.retry(key)}
          onDiscard={(key) => chat.discard(key)}
        />
      )}
      <EndedPanel phase={phase} connected={connected} busy={state.busy !== null} onNewChat={newChat} />
      {state.notice !== null && (
        <div className="px-3 pt-2 sm:px-4">
          <NoticeBox notice={state.notice} onDismiss={() => chat.dismissNotice()} />
        </div>
      )}
      <WritingArea
        field={field}
        chat={chat}
        state={state}
        draft={draft}
        escapeArmed={escapeArmed}
      />
      <BlockDialog
        partner={blocking ? partner : null}
        onConfirm={() => {
          setBlocking(false);
          chat.block();
        }}
        onClose={() => setBlocking(false)}
      />
    </main>
  );
}

import type { RefObject } from "react";
import { Composer } from "../../components/composer/Composer.tsx";
import type { StrangerChat } from "../../model/stranger.ts";
import { writableRoom, type Phase, type StrangerState } from "../../model/stranger-state.ts";
import { DraftGuard } from "./DraftGuard.tsx";
import { TypingLine } from "./TypingLine.tsx";
import type { Draft } from "./use-draft.ts";

interface WritingAreaProps {
  readonly field: RefObject<HTMLTextAreaElement | null>;
  readonly chat: StrangerChat;
  readonly state: StrangerState;
  readonly draft: Draft;
  readonly escapeArmed: boolean;
}

/** The field, and what stands right above it. */
export function WritingArea({ field, chat, state, draft, escapeArmed }: WritingAreaProps) {
  const { phase } = state;
  const partner = "partner" in phase ? phase.partner : null;

  function send(): void {
    if (chat.send(draft.text)) draft.set("");
  }

  return (
    <>
      {draft.meantFor !== null && (
        <DraftGuard
          meantFor={draft.meantFor}
          onKeep={() => {
            draft.adopt();
            field.current?.focus();
          }}
          onDiscard={() => {
            draft.set("");
            field.current?.focus();
          }}
        />
      )}
      <TypingLine
        partner={state.partnerTyping ? partner : null}
        escapeArmed={escapeArmed}
        escapable={partner !== null}
      />
      <Composer
        field={field}
        text={draft.text}
        placeholder={placeholder(phase)}
        canSend={writableRoom(phase) !== null && draft.meantFor === null}
        onChange={draft.set}
        onSend={send}
      />
    </>
  );
}

function placeholder(phase: Phase): string {
  switch (phase.kind) {
    case "talking":
      return "Write a message";
    case "waiting":
      return phase.fresh ? "Write to whoever comes" : "You can send once someone is here";
    case "left":
    case "lost":
      return "Nobody is here to read it";
    case "starting":
    case "idle":
      return "You can write in a moment";
  }
}

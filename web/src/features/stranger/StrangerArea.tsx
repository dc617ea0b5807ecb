import type { ReactNode } from "react";
import type { TabStorage } from "../../model/alias.ts";
import type { DraftKeeper } from "../../model/draft.ts";
import type { StrangerChat } from "../../model/stranger.ts";
import type { StrangerState } from "../../model/stranger-state.ts";
import { Conversation } from "./Conversation.tsx";
import { StartScreen } from "./StartScreen.tsx";

interface StrangerAreaProps {
  readonly chat: StrangerChat;
  readonly state: StrangerState;
  readonly draft: DraftKeeper;
  readonly connected: boolean;
  readonly storage: TabStorage | null;
  /** Whether one came here from another page, and the focus has to come along. */
  readonly takeFocus: boolean;
  /** On the first screen, below START. */
  readonly beside: ReactNode;
}

/** Strangers: the first screen, or the conversation. */
export function StrangerArea(props: StrangerAreaProps) {
  const { chat, state, draft, connected, storage, takeFocus, beside } = props;
  if (state.phase.kind !== "idle") {
    return <Conversation chat={chat} state={state} drafts={draft} connected={connected} />;
  }
  // Epoch 0 is the page as it was opened: the focus stays where the browser has it.
  return (
    <StartScreen
      chat={chat}
      state={state}
      storage={storage}
      takeFocus={takeFocus || state.epoch > 0}
      beside={beside}
    />
  );
}

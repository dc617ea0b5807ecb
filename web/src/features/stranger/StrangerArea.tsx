import type { TabStorage } from "../../model/alias.ts";
import type { StrangerChat } from "../../model/stranger.ts";
import type { StrangerState } from "../../model/stranger-state.ts";
import { Conversation } from "./Conversation.tsx";
import { StartScreen } from "./StartScreen.tsx";

interface StrangerAreaProps {
  readonly chat: StrangerChat;
  readonly state: StrangerState;
  readonly connected: boolean;
  readonly storage: TabStorage | null;
}

/** Strangers: the first screen, or the conversation. */
export function StrangerArea({ chat, state, connected, storage }: StrangerAreaProps) {
  if (state.phase.kind === "idle") {
    // Epoch 0 is the page as it was opened: the focus stays where the browser has it.
    return <StartScreen chat={chat} state={state} storage={storage} takeFocus={state.epoch > 0} />;
  }
  return <Conversation chat={chat} state={state} connected={connected} />;
}

import { useSyncExternalStore } from "react";
import type { DraftKeeper } from "../../model/draft.ts";
import type { StrangerChat } from "../../model/stranger.ts";
import type { StrangerState } from "../../model/stranger-state.ts";

/** What is being written, and for whom it was begun. */
export interface Draft {
  readonly text: string;
  /** Somebody who is gone, if it was begun for them and another one sits here now; else `null`. */
  readonly meantFor: string | null;
  readonly set: (text: string) => void;
  /** It may go to the one who is here now. */
  readonly adopt: () => void;
}

/** Keeps what is being written apart from person to person: a line for one never reaches another. */
export function useDraft(keeper: DraftKeeper, chat: StrangerChat, state: StrangerState): Draft {
  const draft = useSyncExternalStore(keeper.subscribe, keeper.snapshot);
  const partner = "partner" in state.phase ? state.phase.partner : "";
  const here = { epoch: state.epoch, partner };
  const stale = draft.text !== "" && draft.epoch !== state.epoch;
  return {
    text: draft.text,
    meantFor: stale ? draft.partner : null,
    set: (text) => {
      // Begun anew once it was empty; until then it stays with the one whom it was begun for.
      keeper.keep(draft.text === "" || text === "" ? { text, ...here } : { ...draft, text });
      if (!stale) chat.drafting(text);
    },
    adopt: () => keeper.keep({ text: draft.text, ...here }),
  };
}

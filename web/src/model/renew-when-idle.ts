import type { Connection } from "@parlour/sdk/connection";
import type { Observable } from "@parlour/sdk/store";
import type { StrangerState } from "./stranger-state.ts";

/**
 * Connects anew as whom the cookie says, but not in the middle of a stranger chat, which would end
 * with the old connection: then when that is over. Returns what asks for it.
 */
export function renewWhenIdle(
  connection: Pick<Connection, "restart">,
  stranger: Observable<StrangerState>,
): () => void {
  let due = false;
  const settle = (): void => {
    if (!due || stranger.snapshot().phase.kind !== "idle") return;
    due = false;
    connection.restart();
  };
  stranger.subscribe(settle);
  return () => {
    due = true;
    settle();
  };
}

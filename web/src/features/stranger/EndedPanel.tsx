import { Button } from "../../components/ui/Button.tsx";
import type { Phase } from "../../model/stranger-state.ts";

interface EndedPanelProps {
  readonly phase: Phase;
  readonly connected: boolean;
  readonly busy: boolean;
  readonly onNewChat: () => void;
}

/** How the chat ended, and the next one at one tap. Nothing while it goes on. */
export function EndedPanel({ phase, connected, busy, onNewChat }: EndedPanelProps) {
  if (phase.kind !== "left" && phase.kind !== "lost") return null;
  return (
    <div className="mx-3 mt-3 flex shrink-0 flex-wrap items-center justify-between gap-3 rounded-3xl border border-line bg-surface px-4 py-3 motion-safe:animate-arrive sm:mx-4 sm:px-5">
      <div className="min-w-0 flex-1 basis-56 overflow-clip [overflow-wrap:anywhere]">
        <p className="font-semibold">
          {phase.kind === "left" || phase.partnerLeftBefore ? (
            <>
              <bdi>{phase.partner}</bdi> left
            </>
          ) : (
            "The connection was lost, and that chat has ended"
          )}
        </p>
        <p className="text-sm text-muted">{explain(phase, connected)}</p>
      </div>
      <Button look="primary" icon="next" disabled={busy} onClick={onNewChat}>
        {phase.kind === "left" ? "Next person" : "Start again"}
      </Button>
    </div>
  );
}

function explain(phase: Extract<Phase, { readonly kind: "left" | "lost" }>, connected: boolean): string {
  if (phase.kind === "left") return "The next person to come joins you here, and these lines disappear.";
  return connected ? "You are connected again." : "You can start again: it goes on once the connection is back.";
}

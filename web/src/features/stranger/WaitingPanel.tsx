import { ParlourScene } from "../../components/ParlourScene.tsx";
import type { Phase } from "../../model/stranger-state.ts";

interface WaitingPanelProps {
  readonly phase: Phase;
  readonly connected: boolean;
  /** Lines were written already: the picture makes room for them. */
  readonly small: boolean;
}

/** The wait for somebody, calm, with what one can do meanwhile. */
export function WaitingPanel({ phase, connected, small }: WaitingPanelProps) {
  const fresh = phase.kind === "waiting" && phase.fresh;
  return (
    <div className={`flex flex-col items-center justify-center px-5 text-center ${small ? "shrink-0 gap-1 pt-4 pb-2" : "min-h-0 flex-1 gap-4"}`}>
      <ParlourScene state="waiting" className={small ? "w-28" : "max-h-[45%] w-full max-w-72"} />
      <p className={`font-display font-semibold ${small ? "text-lg" : "text-2xl"}`}>
        {phase.kind === "starting" && !connected ? "Connecting…" : "Looking for someone…"}
      </p>
      <p className="max-w-sm text-pretty text-muted">
        {fresh ? "You can write already: it is kept for whoever comes." : "You will be put together as soon as someone comes."}
      </p>
    </div>
  );
}

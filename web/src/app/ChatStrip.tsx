import { ButtonLink } from "../components/ui/ButtonLink.tsx";
import type { StrangerState } from "../model/stranger-state.ts";

/** On the other pages: that a stranger chat goes on, and the way back to it. */
export function ChatStrip({ state: { phase } }: { readonly state: StrangerState }) {
  if (phase.kind === "idle") return null;
  return (
    <section
      aria-label="Your chat"
      className="mx-3 mb-2 flex shrink-0 items-center gap-3 rounded-2xl bg-sunk py-1 ps-4 pe-1.5 text-sm sm:mx-0 sm:mb-3"
    >
      <p className="min-w-0 flex-1 truncate">
        {phase.kind === "talking" ? (
          <>
            You are talking to <bdi className="font-semibold">{phase.partner}</bdi>.
          </>
        ) : (
          words(phase.kind)
        )}
      </p>
      <ButtonLink to="/">Back to the chat</ButtonLink>
    </section>
  );
}

function words(kind: "starting" | "waiting" | "left" | "lost"): string {
  return kind === "left" || kind === "lost" ? "Your chat has ended." : "Looking for someone to talk to…";
}

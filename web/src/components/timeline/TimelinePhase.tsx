import type { ParlourError } from "@parlour/sdk/errors";
import type { ReactNode } from "react";
import { errorWords } from "../../model/error-words.ts";
import { Button } from "../ui/Button.tsx";

/** Whether the messages are there. */
export type Phase = { readonly kind: "loading" | "ready" } | { readonly kind: "failed"; readonly error: ParlourError };

interface TimelinePhaseProps {
  readonly phase: Phase;
  readonly onRetry: () => void;
  /** What is to be seen all the same. */
  readonly early: ReactNode;
  readonly children: ReactNode;
}

/** What is said in a conversation, or why nothing is to be seen. */
export function TimelinePhase({ phase, onRetry, early, children }: TimelinePhaseProps) {
  switch (phase.kind) {
    case "loading":
      return (
        <div className="flex min-h-0 flex-1 flex-col">
          <Skeleton />
          {early}
        </div>
      );
    case "failed":
      return (
        <div className="flex min-h-0 flex-1 flex-col">
          <div role="alert" className="grid flex-1 shrink-0 place-content-center justify-items-center gap-3 px-6 py-3 text-center">
            <p className="font-display text-xl font-semibold">The messages could not be loaded.</p>
            <p className="max-w-sm text-pretty text-muted">{errorWords(phase.error)}</p>
            <Button onClick={onRetry}>Try again</Button>
          </div>
          {early}
        </div>
      );
    case "ready":
      return children;
  }
}

/** Where the messages will be. */
function Skeleton() {
  return (
    <div role="status" className="flex min-h-24 flex-1 flex-col justify-end gap-3 overflow-hidden px-5 pb-4">
      <span className="sr-only">The messages are on their way.</span>
      {["w-1/2", "w-2/3", "w-1/3", "w-3/5"].map((width) => (
        <div key={width} aria-hidden="true" className="flex animate-breathe items-end gap-2">
          <span className="size-9 shrink-0 rounded-full bg-sunk" />
          <span className={`h-11 rounded-3xl bg-sunk ${width}`} />
        </div>
      ))}
    </div>
  );
}

import type { ConnectionState } from "@parlour/sdk/connection";
import { unreachableWords } from "../../model/error-words.ts";
import { Icon } from "../../components/ui/Icon.tsx";
import { Countdown } from "./Countdown.tsx";

interface ConnectionBannerProps {
  readonly state: ConnectionState;
  readonly onRetry: () => void;
}

/** Says what is wrong with the connection, and when it is tried again; nothing when all is well. */
export function ConnectionBanner({ state, onRetry }: ConnectionBannerProps) {
  if (state.kind === "connected" || state.kind === "connecting" || state.kind === "closed") return null;
  const trying = state.kind !== "refused" && state.retryAt === null;
  return (
    <section
      aria-label="Connection"
      className="mx-3 mb-2 flex shrink-0 items-center justify-between gap-x-3 rounded-2xl bg-warn-soft px-4 py-1.5 text-sm text-on-warn sm:mx-0 sm:mb-3"
    >
      <p className="flex min-w-0 items-center gap-2 py-1.5">
        <Icon name="alert" />
        <span>
          <Words state={state} />
        </span>
      </p>
      <button
        type="button"
        className="-me-2 min-h-11 shrink-0 rounded-full px-3 font-semibold underline underline-offset-2 disabled:opacity-70 disabled:no-underline"
        disabled={trying}
        onClick={onRetry}
      >
        {trying ? "Trying…" : "Try now"}
      </button>
    </section>
  );
}

function Words({ state }: { readonly state: ConnectionState }) {
  switch (state.kind) {
    case "reconnecting":
      return (
        <>
          {unreachableWords(state.error)}{" "}
          {state.retryAt === null ? "Trying again now." : <Countdown until={state.retryAt} />}
        </>
      );
    case "offline":
      return "You are offline. It goes on by itself once your device has a network again.";
    case "refused":
      return `The server refused the connection. ${state.error.message}`;
    case "closed":
    case "connecting":
    case "connected":
      return null;
  }
}

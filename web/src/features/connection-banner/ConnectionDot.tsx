import type { ConnectionState } from "@parlour/sdk/connection";

const WORDS: Record<ConnectionState["kind"], string> = {
  closed: "Not connected",
  connecting: "Connecting…",
  connected: "Connected",
  reconnecting: "Reconnecting…",
  offline: "Offline",
  refused: "Not connected",
};

const DOTS: Record<ConnectionState["kind"], string> = {
  closed: "bg-line-strong",
  connecting: "bg-line-strong animate-breathe",
  connected: "bg-good",
  reconnecting: "bg-danger animate-breathe",
  offline: "bg-danger",
  refused: "bg-danger",
};

/** The state of the connection in one word, always in sight; on a phone the dot does, and the banner below. */
export function ConnectionDot({ state }: { readonly state: ConnectionState }) {
  return (
    <p className="flex items-center gap-2 text-sm text-muted">
      <span className={`size-2 rounded-full ${DOTS[state.kind]}`} aria-hidden="true" />
      <span className="sr-only">Connection: </span>
      <span className="max-sm:sr-only">{WORDS[state.kind]}</span>
    </p>
  );
}

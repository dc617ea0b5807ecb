import type { ConnectionState } from "@parlour/sdk/connection";

const WORDS: Record<ConnectionState["kind"], string> = {
  closed: "Not connected",
  connecting: "Connecting…",
  connected: "Connected",
  reconnecting: "Reconnecting…",
  offline: "Offline",
  refused: "Not connected",
};

const OFF = "bg-line-strong forced-colors:border";
const BAD = "bg-danger forced-colors:border";

/** Where colours are the system's: filled while all is well, else a ring. */
const DOTS: Record<ConnectionState["kind"], string> = {
  closed: OFF,
  connecting: `${OFF} animate-breathe`,
  connected: "bg-good forced-colors:bg-[CanvasText]",
  reconnecting: `${BAD} animate-breathe`,
  offline: BAD,
  refused: BAD,
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

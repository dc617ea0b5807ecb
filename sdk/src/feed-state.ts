import type { ParlourError } from "./errors.ts";
import { logFromPage, type MessageLog, type Placed } from "./message-log.ts";
import type { Past } from "./seen-messages.ts";
import type { Observable } from "./store.ts";

/** One open conversation, as it is known now; `J` is what joining it is answered with. */
export interface FeedState<M extends Placed, J> {
  readonly phase:
    | { readonly kind: "loading" }
    | { readonly kind: "ready" }
    /** The newest page could not be had. */
    | { readonly kind: "failed"; readonly error: ParlourError };
  /** What the server said when it was joined the last time; `null` before that. */
  readonly joined: J | null;
  /** Whether one is, or wants to be, in it; else it is only looked at. */
  readonly member: boolean;
  /** Whether one listens, so that everything new comes by itself. */
  readonly live: boolean;
  /** Why joining did not work the last time. */
  readonly joinError: ParlourError | null;
  /** Heard before the newest page was there, each once; nothing once it is. */
  readonly early: readonly M[];
  /** The end of it. */
  readonly log: MessageLog<M>;
  /** What one looks at while that is far from the end; see `seenOf`. */
  readonly past: Past<M> | null;
  readonly older: "idle" | "loading" | "failed";
  readonly newer: "idle" | "loading" | "failed";
}

/** Nothing is known yet. */
export function firstState<M extends Placed, J>(member: boolean): FeedState<M, J> {
  return {
    phase: { kind: "loading" },
    joined: null,
    member,
    live: false,
    joinError: null,
    early: [],
    log: logFromPage<M>([], false),
    past: null,
    older: "idle",
    newer: "idle",
  };
}

/** Tells `listener` what each joining was answered with. */
export function onJoined<J>(feed: Observable<{ readonly joined: J | null }>, listener: (joined: J) => void): void {
  let before = feed.snapshot().joined;
  feed.subscribe(() => {
    const { joined } = feed.snapshot();
    if (joined === before) return;
    before = joined;
    if (joined !== null) listener(joined);
  });
}

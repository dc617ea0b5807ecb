import { CloseButton } from "../../components/ui/CloseButton.tsx";
import { Icon } from "../../components/ui/Icon.tsx";
import { TextLink } from "../../components/ui/TextLink.tsx";
import type { SessionState, SignedOutWhy } from "../../model/session-state.ts";

const WORDS: Record<Exclude<SignedOutWhy, "quiet" | "left">, string> = {
  expired: "You were signed out, because you had not been here for a while.",
  elsewhere: "You were signed out in another tab.",
  ended: "You are not signed in any more: it was ended on another device, or this browser keeps no cookies.",
};

interface SessionNoticeProps {
  readonly state: SessionState;
  readonly onDismiss: () => void;
}

/** Says that one is not signed in any more, when it was not one's own doing in this tab. */
export function SessionNotice({ state, onDismiss }: SessionNoticeProps) {
  if (state.kind !== "signed_out" || state.why === "quiet" || state.why === "left") return null;
  return (
    <section
      aria-label="Signed out"
      className="mx-3 mb-2 flex shrink-0 items-center gap-x-3 rounded-2xl bg-plum-soft py-1 ps-4 pe-1.5 text-sm sm:mx-0 sm:mb-3"
    >
      <Icon name="person" className="size-5 text-plum" />
      <p className="min-w-0 flex-1">
        {WORDS[state.why]} <TextLink to="/sign-in">Sign in again</TextLink>
      </p>
      <CloseButton label="Dismiss" onClick={onDismiss} />
    </section>
  );
}

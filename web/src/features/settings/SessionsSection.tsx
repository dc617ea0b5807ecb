import { useState } from "react";
import { Button } from "../../components/ui/Button.tsx";
import { RequestDialog } from "../../components/ui/RequestDialog.tsx";
import { useSignOut } from "../../components/use-sign-out.ts";
import { errorWords } from "../../model/error-words.ts";
import type { Session } from "../../model/session.ts";

interface SessionsSectionProps {
  readonly session: Session;
  /** Ends the stranger chat that goes on; `null` without one. */
  readonly leaveChat: (() => void) | null;
}

/** The ways out: of this browser, and of every one. */
export function SessionsSection({ session, leaveChat }: SessionsSectionProps) {
  const [asking, setAsking] = useState(false);
  const leaving = useSignOut(() => session.signOut());
  return (
    <>
      <div className="flex flex-col items-start gap-2">
        <p className="text-pretty text-muted">
          This browser alone. {leaveChat !== null && "The chat with a stranger that you are in ends with it."}
        </p>
        <Button
          icon="leave"
          aria-disabled={leaving.busy}
          onClick={() => {
            leaveChat?.();
            leaving.run();
          }}
        >
          {leaving.busy ? "Signing out…" : "Sign out here"}
        </Button>
        <p role="alert" className="text-sm text-danger empty:hidden">
          {leaving.error !== null && `You are still signed in. ${errorWords(leaving.error)}`}
        </p>
      </div>
      <div className="flex flex-col items-start gap-2 border-t border-line pt-5">
        <p className="text-pretty text-muted">
          Every browser and device: for one that was lost, or lent. Whoever has your password can come back; so change it
          first if somebody else may know it.
        </p>
        <Button look="danger" icon="devices" onClick={() => setAsking(true)}>
          Sign out everywhere
        </Button>
      </div>
      <RequestDialog
        name="sign-out-everywhere"
        open={asking}
        title="Sign out everywhere?"
        refuse="Stay"
        confirm={{ idle: "Sign out everywhere", busy: "Signing out…" }}
        request={() => session.signOutEverywhere()}
        failed="You are still signed in."
        onDone={() => {
          leaveChat?.();
          setAsking(false);
        }}
        onClose={() => setAsking(false)}
      >
        Every browser and device that knows you is signed out within a second, this one too.
      </RequestDialog>
    </>
  );
}

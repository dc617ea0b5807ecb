import { shownName, type User } from "@parlour/sdk/user";
import { useEffect, useId, useRef, useState, type RefObject } from "react";
import { Avatar } from "../../components/Avatar.tsx";
import { PersonName } from "../../components/PersonName.tsx";
import { Button } from "../../components/ui/Button.tsx";
import { ButtonLink } from "../../components/ui/ButtonLink.tsx";
import { useSignOut } from "../../components/use-sign-out.ts";
import { errorWords } from "../../model/error-words.ts";
import type { Session } from "../../model/session.ts";
import { SignOutDialog } from "./SignOutDialog.tsx";

interface AccountMenuProps {
  readonly user: User;
  readonly session: Session;
  /** Ends the stranger chat that goes on, which does not outlive the connection; `null` without one. */
  readonly leaveChat: (() => void) | null;
}

/** Who one is, in the corner; behind it the account, and the way out. */
export function AccountMenu({ user, session, leaveChat }: AccountMenuProps) {
  const [open, setOpen] = useState(false);
  const [asking, setAsking] = useState(false);
  const corner = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const panelId = useId();
  const leaving = useSignOut(() => session.signOut());
  useClosing(corner, open && !asking, (byKey) => {
    setOpen(false);
    if (byKey) button.current?.focus();
  });

  return (
    <div ref={corner} data-menu-open={open || undefined} className="relative">
      <button
        ref={button}
        type="button"
        aria-expanded={open}
        aria-controls={panelId}
        aria-label={`Your account: ${shownName(user)}`}
        className="grid size-11 place-items-center rounded-full hover:bg-sunk"
        onClick={() => setOpen(!open)}
      >
        <Avatar id={user.id} name={shownName(user)} />
      </button>
      <div
        id={panelId}
        hidden={!open}
        className="absolute end-0 top-full z-10 mt-1 w-72 max-w-[calc(100vw-1.5rem)] rounded-3xl border border-line bg-surface p-4 shadow-xl"
      >
        <div className="flex items-center gap-3">
          <Avatar id={user.id} name={shownName(user)} className="size-11" />
          <PersonName user={user} />
        </div>
        <div className="mt-4 flex flex-col gap-2">
          <AccountLinks isGuest={user.isGuest} onChosen={() => setOpen(false)} />
          <Button
            icon="leave"
            aria-disabled={leaving.busy}
            onClick={() => (leaveChat === null ? leaving.run() : setAsking(true))}
          >
            {leaving.busy ? "Signing out…" : "Sign out"}
          </Button>
        </div>
        <p role="alert" className="mt-3 text-sm text-danger empty:hidden">
          {leaving.error !== null && `You are still signed in. ${errorWords(leaving.error)}`}
        </p>
      </div>
      <SignOutDialog
        open={asking}
        onClose={() => setAsking(false)}
        onConfirm={() => {
          setAsking(false);
          leaveChat?.();
          leaving.run();
        }}
      />
    </div>
  );
}

interface AccountLinksProps {
  readonly isGuest: boolean;
  readonly onChosen: () => void;
}

function AccountLinks({ isGuest, onChosen }: AccountLinksProps) {
  return (
    <>
      <ButtonLink to="/settings" onChosen={onChosen}>
        Settings
      </ButtonLink>
      {isGuest && (
        <ButtonLink to="/register" onChosen={onChosen}>
          Create an account
        </ButtonLink>
      )}
    </>
  );
}

/** Calls `onClose` at Esc, and when something outside is pressed or takes the focus. */
function useClosing(
  corner: RefObject<HTMLElement | null>,
  open: boolean,
  onClose: (byKey: boolean) => void,
): void {
  const close = useRef(onClose);
  useEffect(() => {
    close.current = onClose;
  });
  useEffect(() => {
    if (!open) return;
    const outside = ({ target }: Event): void => {
      if (target instanceof Node && corner.current?.contains(target) === false) close.current(false);
    };
    const key = (event: KeyboardEvent): void => {
      if (event.key !== "Escape") return;
      // Elsewhere Esc means something else.
      event.stopPropagation();
      close.current(true);
    };
    document.addEventListener("pointerdown", outside);
    document.addEventListener("focusin", outside);
    document.addEventListener("keydown", key, { capture: true });
    return () => {
      document.removeEventListener("pointerdown", outside);
      document.removeEventListener("focusin", outside);
      document.removeEventListener("keydown", key, { capture: true });
    };
  }, [corner, open]);
}

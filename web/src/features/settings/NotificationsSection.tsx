import { useState } from "react";
import { Switch } from "../../components/form/Switch.tsx";
import { Button } from "../../components/ui/Button.tsx";
import { useStore } from "../../components/use-store.ts";
import type { PreferenceKeeper } from "../../model/preferences.ts";

/** What the browser says of showing something outside of the page. */
export type Permission = "default" | "granted" | "denied" | "unsupported";

export interface NotificationPorts {
  readonly permission: () => Permission;
  /** Asks the person. */
  readonly ask: () => Promise<Permission>;
  /** Makes the sound. */
  readonly play: () => void;
}

interface NotificationsSectionProps {
  readonly preferences: PreferenceKeeper;
  readonly ports: NotificationPorts;
}

/** How one hears of what is new. Both are off until somebody wants them. */
export function NotificationsSection({ preferences, ports }: NotificationsSectionProps) {
  const { notifications, sound } = useStore(preferences);
  const [permission, setPermission] = useState(ports.permission);
  /** The browser has asked, and was not answered. */
  const [isOpen, setIsOpen] = useState(false);
  const shown = notifications && permission === "granted";

  async function turn(on: boolean): Promise<void> {
    // Here and nowhere else is one asked.
    const answer = on ? await ports.ask() : permission;
    setPermission(answer);
    setIsOpen(on && answer === "default");
    preferences.change({ notifications: on && answer === "granted" });
  }

  return (
    <>
      {permission !== "unsupported" && (
        <Switch
          label="Notifications"
          help="Shown outside of the page, for messages in what you do not look at just now. They hold the name and the beginning of the text."
          on={shown}
          onChange={(on) => void turn(on)}
        />
      )}
      <div role="status" className="text-sm text-pretty empty:hidden">
        {isOpen && <Unanswered />}
        {permission === "denied" && <Denied />}
        {permission === "unsupported" && <Unsupported />}
      </div>
      <Switch
        label="Sound"
        help="Two soft notes, once a second at the most."
        on={sound}
        onChange={(on) => {
          preferences.change({ sound: on });
          // So that one knows what one has asked for.
          if (on) ports.play();
        }}
      />
      {sound && (
        <div className="-mt-2">
          <Button icon="bell" onClick={() => ports.play()}>
            Hear it
          </Button>
        </div>
      )}
      <p className="text-sm text-pretty text-muted">
        On this device. You never hear of your own messages, and of others once, however many tabs are open. How many
        are unread stands in the title of the window in any case.
      </p>
    </>
  );
}

/** How to have them after all, where somebody once said no. */
function Denied() {
  return (
    <p className="-mt-4 text-danger">
      Your browser blocks notifications from this page. Press the sign beside the address, or look for this address in
      the browser's settings, and allow them there; then switch them on here.
    </p>
  );
}

/** Where the browser has asked, and the question was closed. */
function Unanswered() {
  return <p className="-mt-4 text-muted">Your browser asked, and got no answer: they stay off. Switch them on again, and allow them.</p>;
}

/** In place of a switch that would do nothing. */
function Unsupported() {
  return (
    <>
      <p className="text-base font-semibold">Notifications</p>
      <p className="text-muted">This browser shows no notifications from a page. You can let a sound tell you instead.</p>
    </>
  );
}

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
  const shown = notifications && permission === "granted";

  async function turn(on: boolean): Promise<void> {
    // Here and nowhere else is one asked.
    const answer = on ? await ports.ask() : permission;
    setPermission(answer);
    preferences.change({ notifications: on && answer === "granted" });
  }

  return (
    <>
      <Switch
        label="Notifications"
        help="Shown outside of the page, for messages in what you do not look at just now. They hold the name and the beginning of the text."
        on={shown}
        disabled={permission === "unsupported"}
        onChange={(on) => void turn(on)}
      />
      <p role="status" className="-mt-4 text-sm text-pretty text-danger empty:hidden">
        {WORDS[permission]}
      </p>
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

const WORDS: Readonly<Record<Permission, string | null>> = {
  default: null,
  granted: null,
  denied: "Your browser blocks them for this page: allow them in its settings for this address, then switch them on here.",
  unsupported: "This browser shows no notifications for this page.",
};

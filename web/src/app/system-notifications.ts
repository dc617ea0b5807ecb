import type { Shown } from "../model/alerts.ts";
import type { Permission } from "../features/settings/NotificationsSection.tsx";

/** What is shown, beside its title. */
interface Content {
  readonly body: string;
  /** A newer one with the same tag takes the place of the one before. */
  readonly tag: string;
}

/**
 * Whether a page can make one here. Chrome on Android has the class and refuses to make any: there only a
 * service worker can. `null` until it was tried.
 */
let canMake: boolean | null = null;

/** What the browser says of showing something outside of the page. */
export function notificationPermission(): Permission {
  if (!("Notification" in window)) return "unsupported";
  // What is not allowed is not shown: so it can be tried, and nobody sees it.
  if (canMake === null && Notification.permission !== "granted") make("", {});
  return canMake === false ? "unsupported" : Notification.permission;
}

/** Asks the person, and says what may be done now. */
export async function askForNotifications(): Promise<Permission> {
  if (notificationPermission() === "unsupported") return "unsupported";
  const answer = await Notification.requestPermission();
  // It was allowed before this page was there: only one that is seen can show whether it works.
  if (answer === "granted" && canMake === null) showNotification("Notifications are on", { body: "They look like this.", tag: "on" });
  return answer === "granted" ? notificationPermission() : answer;
}

/** Shows it outside of the page; `null` where that is not allowed, or not possible. */
export function showNotification(title: string, content: Content, onClick?: () => void): Shown | null {
  if (!("Notification" in window) || Notification.permission !== "granted") return null;
  const notification = make(title, { ...content, icon: "/icon-192.png", silent: true });
  notification?.addEventListener("click", () => {
    window.focus();
    onClick?.();
  });
  return notification === null ? null : { close: () => notification.close() };
}

function make(title: string, options: NotificationOptions): Notification | null {
  if (canMake === false) return null;
  try {
    const notification = new Notification(title, options);
    canMake = true;
    return notification;
  } catch {
    canMake = false;
    return null;
  }
}

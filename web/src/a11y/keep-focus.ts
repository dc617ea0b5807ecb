import type { Unsubscribe } from "@parlour/sdk/store";

/**
 * Whoever works without a pointer is never left nowhere: when what has the focus goes from the page,
 * the nearest thing around it that can take the focus gets it, else the heading of the page.
 */
export function keepFocus(root: HTMLElement): Unsubscribe {
  /** What has the focus, and everything around it. */
  let path: HTMLElement[] = [];
  const note = ({ target }: FocusEvent): void => {
    path = [];
    for (let at = target instanceof HTMLElement ? target : null; at !== null && at !== root; at = at.parentElement) path.push(at);
  };
  const look = (): void => {
    if (path[0]?.isConnected !== false || !isNowhere(document.activeElement)) return;
    const around = path.find((element) => element.isConnected) ?? root;
    path = [];
    nearest(around, root)?.focus({ preventScroll: true });
  };
  const observer = new MutationObserver(look);
  root.addEventListener("focusin", note);
  observer.observe(root, { childList: true, subtree: true });
  return () => {
    observer.disconnect();
    root.removeEventListener("focusin", note);
  };
}

function isNowhere(active: Element | null): boolean {
  return active === null || active === document.body || !active.isConnected;
}

/** From the inside out: a heading that was made to be gone on from, or what scrolls. */
function nearest(from: HTMLElement, root: HTMLElement): HTMLElement | null {
  for (let at: HTMLElement | null = from; at !== null; at = at === root ? null : at.parentElement) {
    if (at.tabIndex >= 0 || at.hasAttribute("tabindex")) return at;
    const heading = at.querySelector<HTMLElement>(":is(h1, h2)[tabindex]");
    if (heading !== null && heading.offsetParent !== null) return heading;
  }
  return null;
}

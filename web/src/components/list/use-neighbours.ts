import { useNavigate } from "react-router";
import { useShortcut } from "../../a11y/use-shortcut.ts";
import { BY_LETTER } from "../use-first-focus.ts";

/** Lets keys go from one entry of a list to the next one; `open` is the one that one is at. */
export function useNeighbours(paths: readonly string[], open: string | null): void {
  const navigate = useNavigate();
  const go = (path: string | undefined, state: typeof BY_LETTER | null): void => {
    if (path !== undefined && path !== open) void navigate(path, { state });
  };
  const at = open === null ? -1 : paths.indexOf(open);
  const next = paths[at + 1];
  const previous = at < 0 ? paths.at(-1) : paths[Math.max(0, at - 1)];
  useShortcut(["next"], () => go(next, BY_LETTER));
  useShortcut(["previous"], () => go(previous, BY_LETTER));
  useShortcut(["nextWriting"], () => go(next, null));
  useShortcut(["previousWriting"], () => go(previous, null));
}

import { useNavigate } from "react-router";
import { useShortcut } from "../../a11y/use-shortcut.ts";

/** Lets keys go from one entry of a list to the next one; `open` is the one that one is at. */
export function useNeighbours(paths: readonly string[], open: string | null): void {
  const navigate = useNavigate();
  const go = (path: string | undefined): void => {
    if (path !== undefined && path !== open) void navigate(path);
  };
  const at = open === null ? -1 : paths.indexOf(open);
  useShortcut(["next", "nextWriting"], () => go(paths[at + 1]));
  useShortcut(["previous", "previousWriting"], () => go(at < 0 ? paths.at(-1) : paths[Math.max(0, at - 1)]));
}

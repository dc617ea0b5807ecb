import { useState } from "react";
import { PICTURE_ORIGINS, picturesFrom } from "../model/pictures.ts";
import { toneOf } from "./tone.ts";

interface AvatarProps {
  /** Whose account: it has its own tone. */
  readonly id: string;
  readonly name: string;
  /** The address of a picture; shown only from where the server lets pictures in. */
  readonly image?: string | null;
  readonly className?: string;
}

const listed = document.querySelector<HTMLMetaElement>(`meta[name="${PICTURE_ORIGINS}"]`)?.content ?? "";
const mayShow = picturesFrom(window.location.origin, listed);
/** Where pictures may come from beside the page's own origin. */
export const pictureOrigins: readonly string[] = listed.split(" ").filter((origin) => origin !== "");

const SEGMENTER = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** Somebody's picture, else their initial on a round ground. Decoration: the name stands beside it. */
export function Avatar({ id, name, image = null, className = "size-9" }: AvatarProps) {
  const [broken, setBroken] = useState<string | null>(null);
  const shown = image !== null && image !== broken && mayShow(image) ? image : null;
  return (
    <span
      aria-hidden="true"
      className={`grid shrink-0 place-items-center overflow-hidden rounded-full forced-colors:border ${toneOf(id).ground} text-base font-semibold text-surface select-none ${className}`}
    >
      {shown === null ? (
        initial(name)
      ) : (
        <img src={shown} alt="" className="size-full object-cover" onError={() => setBroken(shown)} />
      )}
    </span>
  );
}

/** The first letter as a reader counts letters: an emoji of several parts is one. */
function initial(name: string): string {
  const [first] = SEGMENTER.segment(name);
  return (first?.segment ?? "?").toLocaleUpperCase();
}

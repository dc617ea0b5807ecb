import { Fragment } from "react";
import { findLinks } from "../../model/link.ts";

/**
 * A line's text as it was written; web addresses can be opened, nothing else is interpreted. An address
 * has its own direction, which what stands around it cannot turn.
 */
export function LineText({ text }: { readonly text: string }) {
  return findLinks(text).map((piece, index) =>
    piece.kind === "text" ? (
      <Fragment key={index}>{piece.text}</Fragment>
    ) : (
      <a
        key={index}
        href={piece.href}
        dir="ltr"
        target="_blank"
        rel="noopener noreferrer nofollow"
        className="rounded-sm underline decoration-1 underline-offset-2 hover:decoration-2 focus-visible:outline-current"
      >
        {piece.text}
      </a>
    ),
  );
}

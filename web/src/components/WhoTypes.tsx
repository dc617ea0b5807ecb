/** Who is typing just now, with three dots that nod. */
export function WhoTypes({ name }: { readonly name: string }) {
  return (
    <>
      <span className="truncate">
        <bdi>{name}</bdi> is typing
      </span>
      <span className="flex gap-0.5" aria-hidden="true">
        <i className="size-1 rounded-full bg-plum forced-colors:bg-[CanvasText] animate-nod" />
        <i className="size-1 rounded-full bg-plum forced-colors:bg-[CanvasText] animate-nod [animation-delay:180ms]" />
        <i className="size-1 rounded-full bg-plum forced-colors:bg-[CanvasText] animate-nod [animation-delay:360ms]" />
      </span>
    </>
  );
}

/** The mark: two speech bubbles that overlap; on a phone without the word. */
export function Logo() {
  return (
    <span className="inline-flex items-center gap-2.5">
      <svg viewBox="0 0 32 32" className="size-7" aria-hidden="true">
        <path d="M12.500 4a9.200 9.200 0 0 0-7.600 14.400L3.300 24l5.700-1.600A9.200 9.200 0 1 0 12.500 4Z" className="fill-accent" />
        <path
          d="M20.500 11.200a7.800 7.800 0 1 0 3.700 14.700l4.500 1.400-1.300-4.500a7.800 7.800 0 0 0-6.900-11.600Z"
          className="fill-plum stroke-canvas"
          strokeWidth="1.600"
        />
      </svg>
      <span className="font-display text-xl font-semibold tracking-tight max-sm:sr-only">Parlour</span>
    </span>
  );
}

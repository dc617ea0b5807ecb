interface ListTitleProps {
  readonly words: string;
  /** Whether the list is the page: then its own heading is the first one. */
  readonly isPage: boolean;
}

/** Above a part of a list. */
export function ListTitle({ words, isPage }: ListTitleProps) {
  const Level = isPage ? "h2" : "h3";
  return <Level className="px-3 pt-3 pb-1 text-xs font-semibold tracking-wide text-muted uppercase">{words}</Level>;
}

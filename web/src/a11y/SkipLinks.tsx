import type { MouseEvent } from "react";

/** The ways past what every page begins with; seen only while they have the focus. */
export function SkipLinks({ hasField }: { readonly hasField: boolean }) {
  return (
    <nav aria-label="Skip" className="absolute start-3 top-2 z-20 flex gap-2">
      <SkipLink words="To the content" wanted='main h1[tabindex], main [tabindex="-1"]' />
      {hasField && <SkipLink words="To the message field" wanted='main textarea, main h1[tabindex]' />}
    </nav>
  );
}

interface SkipLinkProps {
  readonly words: string;
  /** What gets the focus, as a selector: the first of it that is in sight. */
  readonly wanted: string;
}

function SkipLink({ words, wanted }: SkipLinkProps) {
  function go(event: MouseEvent): void {
    // The address stays as it is: nothing was gone to.
    event.preventDefault();
    const found = wanted.split(", ").flatMap((one) => [...document.querySelectorAll<HTMLElement>(one)]);
    found.find((element) => element.offsetParent !== null)?.focus();
  }
  return (
    <a
      href="#content"
      className="rounded-full bg-surface px-5 py-2.5 font-semibold text-ink shadow-lg not-focus:sr-only"
      onClick={go}
    >
      {words}
    </a>
  );
}

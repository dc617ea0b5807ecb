import { useLayoutEffect, useRef, type ReactNode } from "react";
import { PaneHeader } from "../../components/PaneHeader.tsx";

interface SectionPaneProps {
  readonly title: string;
  /** Whether one has come for this part: then one goes on at its heading. */
  readonly isPage: boolean;
  readonly children: ReactNode;
}

/** One part of the settings. */
export function SectionPane({ title, isPage, children }: SectionPaneProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => {
    if (isPage) heading.current?.focus();
  }, [isPage]);
  return (
    <section aria-label={title} className="flex h-full min-h-0 flex-col">
      <PaneHeader
        heading={heading}
        level={isPage ? "h1" : "h2"}
        back={{ to: "/settings", label: "Back to the settings" }}
        mark={null}
        name={title}
        below={null}
      >
        {null}
      </PaneHeader>
      <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain px-4 pt-5 pb-[max(2rem,env(safe-area-inset-bottom))]">
        <div className="flex max-w-xl flex-col gap-6">{children}</div>
      </div>
    </section>
  );
}

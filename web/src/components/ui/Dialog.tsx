import { useEffect, useId, useRef, type ReactNode } from "react";
import type { DialogName } from "./dialog-names.ts";

interface DialogProps {
  readonly name: DialogName;
  readonly open: boolean;
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
  /** The buttons; the first one is focused, unless something in `children` comes before. */
  readonly actions?: ReactNode;
}

/**
 * A question in front of the page. The browser's own `<dialog>`: it traps the focus, closes on Esc
 * and gives the focus back, without a style sheet at run time, which the page's policy forbids.
 */
export function Dialog({ name, open, title, onClose, children, actions }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const dialog = element.current;
    if (dialog === null) return;
    if (open && !dialog.open) dialog.showModal();
    if (!open && dialog.open) dialog.close();
  }, [open]);
  return (
    <dialog
      ref={element}
      data-dialog={name}
      aria-labelledby={titleId}
      onClose={onClose}
      className="m-auto w-[min(26rem,calc(100vw-2rem))] rounded-3xl border border-line bg-surface p-6 text-ink shadow-2xl backdrop:bg-black/50"
    >
      <h2 id={titleId} className="font-display text-xl font-semibold [overflow-wrap:anywhere]">
        {title}
      </h2>
      <div className="mt-2 text-muted">{children}</div>
      {actions !== undefined && <div className="mt-6 flex flex-wrap justify-end gap-3">{actions}</div>}
    </dialog>
  );
}

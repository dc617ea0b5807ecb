import { useRef } from "react";
import { useShortcut } from "../../a11y/use-shortcut.ts";
import { Icon } from "../ui/Icon.tsx";

interface SearchFieldProps {
  readonly label: string;
  readonly typed: string;
  readonly onChange: (typed: string) => void;
}

/** Where one types what to look for; Esc empties it. */
export function SearchField({ label, typed, onChange }: SearchFieldProps) {
  const field = useRef<HTMLInputElement>(null);
  useShortcut(["search", "find"], () => field.current?.focus());
  return (
    <div role="search" className="relative mx-3 mt-2 mb-3 shrink-0">
      <Icon name="search" className="pointer-events-none absolute start-3.5 top-3 size-5 text-muted" />
      <input
        ref={field}
        type="search"
        dir="auto"
        value={typed}
        maxLength={80}
        aria-label={label}
        placeholder={label}
        autoComplete="off"
        spellCheck={false}
        enterKeyHint="search"
        className="block min-h-11 w-full rounded-full border border-line-strong/70 bg-surface ps-11 pe-4 text-base placeholder:text-muted placeholder:opacity-100"
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape" || typed === "") return;
          event.preventDefault();
          onChange("");
        }}
      />
    </div>
  );
}

import { Icon, type IconName } from "../ui/Icon.tsx";

interface PersonActionProps {
  readonly icon: IconName;
  /** What is done. */
  readonly word: string;
  /** To whom. */
  readonly name: string;
  readonly className?: string;
  readonly onClick: () => void;
}

/** Something to do with somebody in a list: a word where there is room for it (in the nearest container), else a picture. */
export function PersonAction({ icon, word, name, className = "text-muted", onClick }: PersonActionProps) {
  return (
    <button
      type="button"
      aria-label={`${word} ${name}`}
      title={word}
      className={`inline-flex min-h-11 min-w-11 shrink-0 items-center justify-center rounded-full text-sm font-semibold hover:bg-sunk hover:text-ink @xs:px-2 ${className}`}
      onClick={onClick}
    >
      <Icon name={icon} className="size-5 @xs:hidden" />
      <span className="hidden @xs:inline">{word}</span>
    </button>
  );
}

import { Icon } from "./Icon.tsx";

interface CloseButtonProps {
  readonly label: string;
  readonly className?: string;
  readonly onClick: () => void;
}

/** A cross that makes something go away. */
export function CloseButton({ label, className = "hover:bg-black/5", onClick }: CloseButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      className={`grid size-11 shrink-0 place-items-center rounded-full ${className}`}
      onClick={onClick}
    >
      <Icon name="close" />
    </button>
  );
}

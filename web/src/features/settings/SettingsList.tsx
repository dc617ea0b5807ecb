import { Link } from "react-router";
import { useReturnFocus } from "../../components/list/use-return-focus.ts";
import { Icon, type IconName } from "../../components/ui/Icon.tsx";

interface SettingsListProps {
  readonly sections: readonly { readonly id: string; readonly title: string; readonly words: string; readonly icon: IconName }[];
  /** The part that one has come for; `null`: the list itself. */
  readonly openId: string | null;
  /** The part that a wide window shows. */
  readonly shownId: string | null;
}

/** The parts of the settings. */
export function SettingsList({ sections, openId, shownId }: SettingsListProps) {
  const heading = useReturnFocus(openId);
  const Level = openId === null ? "h1" : "h2";
  return (
    <nav aria-label="Settings" className="flex min-h-0 w-full flex-col bg-surface/60">
      <Level ref={heading} tabIndex={-1} className="shrink-0 px-4 pt-4 pb-3 font-display text-xl font-semibold tracking-tight">
        Settings
      </Level>
      <ul className="min-h-0 flex-1 overflow-y-auto overscroll-contain px-2 pb-4">
        {sections.map(({ id, title, words, icon }) => (
          <li key={id}>
            <Link
              to={`/settings/${id}`}
              aria-current={id === openId ? "page" : undefined}
              className={`flex min-h-14 items-center gap-3.5 rounded-2xl px-3 py-2 -outline-offset-3! ${look(id, openId, shownId)}`}
            >
              <Icon name={icon} className="size-6 text-muted" />
              <span className="min-w-0 leading-snug">
                <span className="block font-semibold">{title}</span>
                <span className="block text-sm text-muted">{words}</span>
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** Without one that was chosen, a wide window shows the first; a phone none. */
function look(id: string, openId: string | null, shownId: string | null): string {
  if (id === openId) return "bg-sunk";
  return id === shownId ? "hover:bg-sunk/60 md:bg-sunk" : "hover:bg-sunk/60";
}

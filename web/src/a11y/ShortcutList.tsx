import { SHORTCUT_PLACES, SHORTCUTS } from "./shortcut-list.ts";

/** Every shortcut, by where it can be used. */
export function ShortcutList({ level: Level }: { readonly level: "h2" | "h3" }) {
  return (
    <div className="flex flex-col gap-5 text-ink">
      {SHORTCUT_PLACES.map((place) => (
        <div key={place}>
          <Level className="text-xs font-semibold tracking-wide text-muted uppercase">{place}</Level>
          <dl className="mt-1">
            {SHORTCUTS.filter((shortcut) => shortcut.place === place).map(({ id, words, keys }) => (
              <div key={id} className="flex items-center justify-between gap-4 border-b border-line py-1.5 last:border-0">
                <dt className="min-w-0 text-sm">{words}</dt>
                <dd className="flex shrink-0 items-center gap-1">
                  {keys.map((key) => (
                    <kbd
                      key={key}
                      className="min-w-7 rounded-lg border border-line-strong/70 bg-sunk px-1.5 py-0.5 text-center font-sans text-sm font-semibold"
                    >
                      {key}
                    </kbd>
                  ))}
                </dd>
              </div>
            ))}
          </dl>
        </div>
      ))}
    </div>
  );
}

import { useStore } from "../../components/use-store.ts";
import type { PreferenceKeeper, Theme } from "../../model/preferences.ts";

/** How the page looks on this device. */
export function AppearanceSection({ preferences }: { readonly preferences: PreferenceKeeper }) {
  const { theme } = useStore(preferences);
  return (
    <fieldset>
      <legend className="font-semibold">Theme</legend>
      <p className="mb-3 text-sm text-muted">On this device. Other devices keep their own.</p>
      <div className="grid gap-3 sm:grid-cols-2">
        {CHOICES.map(({ value, name, words }) => (
          <label
            key={value}
            htmlFor={`theme-${value}`}
            className="flex cursor-pointer items-center gap-3 rounded-2xl border border-line-strong/70 bg-surface px-4 py-3 has-checked:border-accent has-checked:bg-sunk has-focus-visible:outline-3 has-focus-visible:outline-offset-2 has-focus-visible:outline-plum"
          >
            <input
              id={`theme-${value}`}
              type="radio"
              name="theme"
              value={value}
              checked={theme === value}
              className="size-4 shrink-0 accent-accent"
              onChange={() => preferences.change({ theme: value })}
            />
            <span className="min-w-0 flex-1 leading-snug">
              <span className="block font-semibold">{name}</span>
              <span className="block text-sm text-muted">{words}</span>
            </span>
            <Sample theme={value} />
          </label>
        ))}
      </div>
    </fieldset>
  );
}

const CHOICES: readonly { readonly value: Theme; readonly name: string; readonly words: string }[] = [
  { value: "system", name: "As the system", words: "Light by day, dark by night, if it does so" },
  { value: "light", name: "Light", words: "Ember and plum on paper" },
  { value: "dark", name: "Dark", words: "A parlour at evening" },
  { value: "contrast", name: "High contrast", words: "Nothing quiet, every edge in sight" },
];

/** Two bubbles in the theme's own colours. Decoration: the words say it. */
function Sample({ theme }: { readonly theme: Theme }) {
  return (
    <span
      aria-hidden="true"
      data-theme={theme === "system" ? undefined : theme}
      className="theme-sample flex h-12 w-14 shrink-0 flex-col justify-center gap-1.5 rounded-xl border border-line-strong bg-canvas px-2"
    >
      <span className="h-2.5 w-6 rounded-full border border-line bg-surface" />
      <span className="h-2.5 w-7 self-end rounded-full bg-own" />
    </span>
  );
}

import { Switch } from "../../components/form/Switch.tsx";
import { useStore } from "../../components/use-store.ts";
import type { PreferenceKeeper } from "../../model/preferences.ts";

/** Lets go of shortcuts that are one key: whoever dictates, or trembles, presses them without meaning to. */
export function KeyboardSwitch({ preferences }: { readonly preferences: PreferenceKeeper }) {
  const { shortcuts } = useStore(preferences);
  return (
    <Switch
      label="Shortcuts of one key"
      help="While you write nothing, one key alone does something. Those with Ctrl or Alt stay in any case."
      on={shortcuts}
      onChange={(on) => preferences.change({ shortcuts: on })}
    />
  );
}

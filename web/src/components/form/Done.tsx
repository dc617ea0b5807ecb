import { Icon } from "../ui/Icon.tsx";

/** Says that something was done; nothing while `words` is `null`. */
export function Done({ words }: { readonly words: string | null }) {
  return (
    <p role="status" className="flex items-center gap-2 text-sm font-semibold text-good empty:hidden">
      {words !== null && (
        <>
          <Icon name="check" /> {words}
        </>
      )}
    </p>
  );
}

import { ButtonLink } from "../../components/ui/ButtonLink.tsx";
import { TextLink } from "../../components/ui/TextLink.tsx";

/** The ways to a name of one's own, beside START, which needs none. */
export function AccountChoices() {
  return (
    <section aria-label="Your account">
      <p className="flex items-center gap-3 text-sm text-muted before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
        or with a name that is yours
      </p>
      <div className="mt-3 grid grid-cols-[repeat(auto-fit,minmax(9.5rem,1fr))] gap-3">
        <ButtonLink to="/sign-in">Sign in</ButtonLink>
        <ButtonLink to="/register">Create an account</ButtonLink>
      </div>
      <p className="mt-1 text-sm text-muted">
        <TextLink to="/guest">Continue as guest</TextLink>
      </p>
    </section>
  );
}

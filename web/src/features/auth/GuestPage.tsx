import { FormAlert } from "../../components/form/FormAlert.tsx";
import { Field } from "../../components/form/Field.tsx";
import { SubmitButton } from "../../components/form/SubmitButton.tsx";
import { useForm } from "../../components/form/use-form.ts";
import { PageCard } from "../../components/PageCard.tsx";
import { TextLink } from "../../components/ui/TextLink.tsx";
import { checkUsername } from "../../model/credentials.ts";
import type { Session } from "../../model/session.ts";

/** A name for a while, without a password. */
export function GuestPage({ session }: { readonly session: Session }) {
  const form = useForm({
    kind: "guest",
    checks: { username: checkUsername },
    send: (typed) => session.continueAsGuest(typed("username").trim()),
  });
  return (
    <PageCard
      title="Continue as guest"
      lead="A name without a password, for this visit. It is forgotten about a day after you have gone."
      begin="field"
      footer={
        <p>
          To keep it: <TextLink to="/register">Create an account</TextLink> or{" "}
          <TextLink to="/sign-in">sign in</TextLink>
        </p>
      }
    >
      <form aria-label="Continue as guest" className="flex flex-col gap-4" {...form.attributes}>
        <Field
          name="username"
          label="Name"
          help="Others see it, marked as a guest's."
          autoComplete="off"
          autoCapitalize="words"
          enterKeyHint="go"
          error={form.errors.username}
        />
        <FormAlert failure={form.failure} secondsLeft={form.secondsLeft} />
        <SubmitButton form={form} label="Continue" busyLabel="Opening the door…" />
      </form>
    </PageCard>
  );
}

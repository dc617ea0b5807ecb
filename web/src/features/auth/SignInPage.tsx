import { FormAlert } from "../../components/form/FormAlert.tsx";
import { Field } from "../../components/form/Field.tsx";
import { PasswordField } from "../../components/form/PasswordField.tsx";
import { SubmitButton } from "../../components/form/SubmitButton.tsx";
import { useForm } from "../../components/form/use-form.ts";
import { PageCard } from "../../components/PageCard.tsx";
import { TextLink } from "../../components/ui/TextLink.tsx";
import { checkPassword, checkUsername } from "../../model/credentials.ts";
import type { Session } from "../../model/session.ts";

/** A name and its password. */
export function SignInPage({ session }: { readonly session: Session }) {
  const form = useForm({
    kind: "sign_in",
    checks: { username: checkUsername, password: checkPassword },
    send: (typed) => session.signIn({ username: typed("username").trim(), password: typed("password") }),
  });
  return (
    <PageCard
      title="Welcome back."
      begin="field"
      footer={
        <p>
          New here? <TextLink to="/register">Create an account</TextLink> or{" "}
          <TextLink to="/guest">continue as guest</TextLink>
        </p>
      }
    >
      <form aria-label="Sign in" className="flex flex-col gap-4" {...form.attributes}>
        <Field
          name="username"
          label="Name"
          autoComplete="username"
          autoCapitalize="none"
          enterKeyHint="next"
          error={form.errors.username}
        />
        <PasswordField name="password" label="Password" autoComplete="current-password" error={form.errors.password} />
        <FormAlert failure={form.failure} secondsLeft={form.secondsLeft} />
        <SubmitButton form={form} label="Sign in" busyLabel="Signing in…" />
      </form>
    </PageCard>
  );
}

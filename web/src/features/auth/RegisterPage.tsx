import { FormAlert } from "../../components/form/FormAlert.tsx";
import { Field } from "../../components/form/Field.tsx";
import { PasswordField } from "../../components/form/PasswordField.tsx";
import { SubmitButton } from "../../components/form/SubmitButton.tsx";
import { useForm } from "../../components/form/use-form.ts";
import { PageCard } from "../../components/PageCard.tsx";
import { TextLink } from "../../components/ui/TextLink.tsx";
import { checkDisplayName, checkNewPassword, checkUsername, MIN_PASSWORD_LENGTH } from "../../model/credentials.ts";
import type { Session } from "../../model/session.ts";

/** A name of one's own, kept by a password. */
export function RegisterPage({ session }: { readonly session: Session }) {
  const form = useForm({
    kind: "register",
    checks: { username: checkUsername, displayName: checkDisplayName, password: checkNewPassword },
    send: (typed) => {
      const displayName = typed("displayName").trim();
      const credentials = { username: typed("username").trim(), password: typed("password") };
      return session.register(displayName === "" ? credentials : { ...credentials, displayName });
    },
  });
  return (
    <PageCard
      title="Create an account"
      lead="A name that is yours here. No e-mail address is asked for, so keep your password well."
      begin="field"
      footer={
        <p>
          You have one? <TextLink to="/sign-in">Sign in</TextLink>
        </p>
      }
    >
      <form aria-label="Create an account" className="flex flex-col gap-4" {...form.attributes}>
        <Field
          name="username"
          label="Name"
          help="You sign in with it, and others find you by it."
          autoComplete="username"
          autoCapitalize="none"
          enterKeyHint="next"
          error={form.errors.username}
        />
        <Field
          name="displayName"
          label="Shown as"
          remark="optional"
          help="Shown to others instead of the name."
          autoComplete="nickname"
          autoCapitalize="words"
          enterKeyHint="next"
          error={form.errors.displayName}
        />
        <PasswordField
          name="password"
          label="Password"
          help={`${MIN_PASSWORD_LENGTH} characters or more; a few words will do.`}
          autoComplete="new-password"
          error={form.errors.password}
        />
        <FormAlert failure={form.failure} secondsLeft={form.secondsLeft} />
        <SubmitButton form={form} label="Create account" busyLabel="Creating your account…" />
      </form>
    </PageCard>
  );
}

import { useState } from "react";
import { Done } from "../../components/form/Done.tsx";
import { FormAlert } from "../../components/form/FormAlert.tsx";
import { PasswordField } from "../../components/form/PasswordField.tsx";
import { SubmitButton } from "../../components/form/SubmitButton.tsx";
import { useForm } from "../../components/form/use-form.ts";
import { checkNewPassword, checkPassword, MIN_PASSWORD_LENGTH } from "../../model/credentials.ts";
import type { Session } from "../../model/session.ts";

interface PasswordFormProps {
  readonly session: Session;
  readonly username: string;
}

/** A new password for the old one. */
export function PasswordForm({ session, username }: PasswordFormProps) {
  const [changed, setChanged] = useState(false);
  const form = useForm({
    kind: "password",
    checks: { current: checkPassword, next: checkNewPassword },
    send: (typed) => {
      setChanged(false);
      return session.changePassword(typed("current"), typed("next"));
    },
    onDone: (element) => {
      element.reset();
      setChanged(true);
    },
  });
  return (
    <form aria-label="Password" className="flex flex-col gap-4" {...form.attributes}>
      {/* Tells password managers whose password it is. */}
      <input type="text" autoComplete="username" defaultValue={username} readOnly hidden />
      <PasswordField
        name="current"
        label="Present password"
        autoComplete="current-password"
        error={form.errors.current}
      />
      <PasswordField
        name="next"
        label="New password"
        help={`${MIN_PASSWORD_LENGTH} characters or more. Your other devices are signed out.`}
        autoComplete="new-password"
        error={form.errors.next}
      />
      <FormAlert failure={form.failure} secondsLeft={form.secondsLeft} />
      <SubmitButton form={form} label="Change password" busyLabel="Changing…" />
      <Done words={changed ? "Your password is changed." : null} />
    </form>
  );
}

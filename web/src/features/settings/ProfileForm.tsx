import type { User } from "@parlour/sdk/user";
import { useId, useState } from "react";
import { Done } from "../../components/form/Done.tsx";
import { Field } from "../../components/form/Field.tsx";
import { FormAlert } from "../../components/form/FormAlert.tsx";
import { SubmitButton } from "../../components/form/SubmitButton.tsx";
import { useForm } from "../../components/form/use-form.ts";
import { checkDisplayName } from "../../model/credentials.ts";
import type { Session } from "../../model/session.ts";

interface ProfileFormProps {
  readonly session: Session;
  readonly user: User;
}

/** How others see one. */
export function ProfileForm({ session, user }: ProfileFormProps) {
  const headingId = useId();
  const [saved, setSaved] = useState(false);
  const form = useForm({
    kind: "profile",
    checks: { displayName: checkDisplayName },
    send: (typed) => {
      setSaved(false);
      const displayName = typed("displayName").trim();
      return session.updateProfile({ displayName: displayName === "" ? null : displayName });
    },
    onDone: () => setSaved(true),
  });
  return (
    <section aria-labelledby={headingId} className="mt-6 border-t border-line pt-5">
      <h2 id={headingId} className="font-display text-xl font-semibold">
        How others see you
      </h2>
      <form aria-labelledby={headingId} className="mt-3 flex flex-col gap-4" {...form.attributes}>
        <Field
          name="displayName"
          label="Shown as"
          remark="optional"
          help="Without it your name is shown. Strangers never see either."
          defaultValue={user.displayName ?? ""}
          autoComplete="nickname"
          autoCapitalize="words"
          enterKeyHint="done"
          error={form.errors.displayName}
        />
        <FormAlert failure={form.failure} secondsLeft={form.secondsLeft} />
        <SubmitButton form={form} label="Save" busyLabel="Saving…" />
        <Done words={saved ? "Saved." : null} />
      </form>
    </section>
  );
}

import { shownName, type User } from "@parlour/sdk/user";
import { useState } from "react";
import { Avatar, pictureOrigins } from "../../components/Avatar.tsx";
import { Done } from "../../components/form/Done.tsx";
import { Field } from "../../components/form/Field.tsx";
import { FormAlert } from "../../components/form/FormAlert.tsx";
import { SubmitButton } from "../../components/form/SubmitButton.tsx";
import { useForm } from "../../components/form/use-form.ts";
import { PersonName } from "../../components/PersonName.tsx";
import { TextLink } from "../../components/ui/TextLink.tsx";
import { checkDisplayName, checkPicture } from "../../model/credentials.ts";
import type { Session } from "../../model/session.ts";

interface ProfileFormProps {
  readonly session: Session;
  readonly user: User;
}

/** How others see one. */
export function ProfileForm({ session, user }: ProfileFormProps) {
  const [saved, setSaved] = useState(false);
  const form = useForm({
    kind: "profile",
    checks: { displayName: checkDisplayName, avatarUrl: checkPicture },
    send: (typed) => {
      setSaved(false);
      const [displayName, avatarUrl] = [typed("displayName").trim(), typed("avatarUrl").trim()];
      return session.updateProfile({
        displayName: displayName === "" ? null : displayName,
        avatarUrl: avatarUrl === "" ? null : avatarUrl,
      });
    },
    onDone: () => setSaved(true),
  });
  return (
    <>
      <div className="flex items-center gap-3">
        <Avatar id={user.id} name={shownName(user)} image={user.avatarUrl} className="size-14 text-xl!" />
        <PersonName user={user} />
      </div>
      {user.isGuest && (
        <p className="text-sm text-muted">
          A guest is forgotten about a day after leaving. <TextLink to="/register">Create an account</TextLink> to have a
          name that stays.
        </p>
      )}
      <form aria-label="Profile" className="flex flex-col gap-4" {...form.attributes}>
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
        <Field
          name="avatarUrl"
          label="Picture"
          remark="optional"
          help={pictureHelp(pictureOrigins)}
          defaultValue={user.avatarUrl ?? ""}
          dir="ltr"
          inputMode="url"
          autoComplete="photo"
          autoCapitalize="none"
          placeholder="https://"
          error={form.errors.avatarUrl}
        />
        <FormAlert failure={form.failure} secondsLeft={form.secondsLeft} />
        <SubmitButton form={form} label="Save" busyLabel="Saving…" />
        <Done words={saved ? "Saved." : null} />
      </form>
    </>
  );
}

/** Where pictures are shown from: elsewhere they would be stopped. */
function pictureHelp(origins: readonly string[]): string {
  if (origins.length === 0) return "Its address. This server shows none from elsewhere: people see your initial instead.";
  const hosts = origins.map((origin) => new URL(origin).host);
  return `Its address, at ${hosts.join(" or ")}. From anywhere else your initial is shown instead.`;
}

import type { User } from "@parlour/sdk/user";
import { PageCard } from "../../components/PageCard.tsx";
import { PersonName } from "../../components/PersonName.tsx";
import { Avatar } from "../../components/Avatar.tsx";
import { TextLink } from "../../components/ui/TextLink.tsx";
import type { Session } from "../../model/session.ts";
import { PasswordForm } from "./PasswordForm.tsx";
import { ProfileForm } from "./ProfileForm.tsx";

interface AccountPageProps {
  readonly session: Session;
  readonly user: User;
}

/** What one can change about oneself. */
export function AccountPage({ session, user }: AccountPageProps) {
  return (
    <PageCard title="Your account" footer={<TextLink to="/">Back to the parlour</TextLink>}>
      <div className="flex items-center gap-3">
        <Avatar name={user.displayName ?? user.username} className="size-12" />
        <PersonName user={user} />
      </div>
      {user.isGuest && (
        <p className="mt-4 text-sm text-muted">
          A guest is forgotten about a day after leaving.{" "}
          <TextLink to="/register">Create an account</TextLink> to have a name that stays.
        </p>
      )}
      <ProfileForm session={session} user={user} />
      {!user.isGuest && <PasswordForm session={session} username={user.username} />}
    </PageCard>
  );
}

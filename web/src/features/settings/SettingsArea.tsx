import type { Observable } from "@parlour/sdk/store";
import type { User } from "@parlour/sdk/user";
import type { ReactNode } from "react";
import { useParams } from "react-router";
import { ShortcutList } from "../../a11y/ShortcutList.tsx";
import { NoSuchPlace } from "../../components/NoSuchPlace.tsx";
import { TwoPanes } from "../../components/TwoPanes.tsx";
import type { Blocks } from "../../model/blocks.ts";
import type { PreferenceKeeper } from "../../model/preferences.ts";
import type { Session } from "../../model/session.ts";
import { AppearanceSection } from "./AppearanceSection.tsx";
import { BlockedSection } from "./BlockedSection.tsx";
import { KeyboardSwitch } from "./KeyboardSwitch.tsx";
import { NotificationsSection, type NotificationPorts } from "./NotificationsSection.tsx";
import { PasswordForm } from "./PasswordForm.tsx";
import { ProfileForm } from "./ProfileForm.tsx";
import { sectionsFor, type SectionId } from "./sections.ts";
import { SectionPane } from "./SectionPane.tsx";
import { SessionsSection } from "./SessionsSection.tsx";
import { SettingsList } from "./SettingsList.tsx";

interface SettingsAreaProps {
  readonly session: Session;
  /** `null`: nobody is signed in. */
  readonly user: User | null;
  readonly preferences: PreferenceKeeper;
  /** `null` for strangers. */
  readonly blocks: Observable<Blocks | null>;
  readonly notifications: NotificationPorts;
  /** Ends the stranger chat that goes on; `null` without one. */
  readonly leaveChat: (() => void) | null;
}

/** All that can be set, in one place: a list of its parts and one of them; on a phone one of the two. */
export function SettingsArea(props: SettingsAreaProps) {
  const { user } = props;
  const { section } = useParams();
  const sections = sectionsFor(user);
  const [first] = sections;
  const open = sections.find(({ id }) => id === section);
  return (
    <TwoPanes
      list={<SettingsList sections={sections} openId={section ?? null} shownId={section ?? first?.id ?? null} />}
      open={section === undefined ? null : <Open key={section} {...props} section={open ?? null} isPage />}
      hint={<Open {...props} section={first ?? null} isPage={false} />}
    />
  );
}

interface OpenProps extends SettingsAreaProps {
  readonly section: { readonly id: SectionId; readonly title: string } | null;
  /** Whether one has come for this part alone; else it stands beside the list. */
  readonly isPage: boolean;
}

function Open({ section, isPage, ...props }: OpenProps) {
  if (section === null) {
    return (
      <NoSuchPlace title="There is no such setting." to="/settings" back="All settings">
        It may be one that only an account has.
      </NoSuchPlace>
    );
  }
  return (
    <SectionPane title={section.title} isPage={isPage}>
      {content(section.id, props)}
    </SectionPane>
  );
}

function content(id: SectionId, { session, user, preferences, blocks, notifications, leaveChat }: SettingsAreaProps): ReactNode {
  switch (id) {
    case "profile":
      return user !== null && <ProfileForm session={session} user={user} />;
    case "password":
      return user !== null && <PasswordForm session={session} username={user.username} />;
    case "notifications":
      return <NotificationsSection preferences={preferences} ports={notifications} />;
    case "appearance":
      return <AppearanceSection preferences={preferences} />;
    case "keyboard":
      return (
        <>
          <KeyboardSwitch preferences={preferences} />
          <ShortcutList level="h2" />
        </>
      );
    case "blocked":
      return <BlockedSection blocks={blocks} />;
    case "sessions":
      return user !== null && <SessionsSection session={session} leaveChat={leaveChat} />;
  }
}

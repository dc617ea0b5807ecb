import type { Channel } from "@parlour/sdk/channel-events";
import type { ParlourError } from "@parlour/sdk/errors";
import { shownName, type User } from "@parlour/sdk/user";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { MEMBERS } from "../../components/groups/member-query.ts";
import { SearchField } from "../../components/list/SearchField.tsx";
import { PeopleFound } from "../../components/people/PeopleFound.tsx";
import { Button } from "../../components/ui/Button.tsx";
import { Dialog } from "../../components/ui/Dialog.tsx";
import type { Channels } from "../../model/channels.ts";
import { errorWords } from "../../model/error-words.ts";

interface InviteDialogProps {
  readonly open: boolean;
  readonly channels: Channels;
  readonly channel: Channel;
  readonly onClose: () => void;
}

/** Looks for people, and makes whom one presses a member. */
export function InviteDialog({ open, channels, channel, onClose }: InviteDialogProps) {
  return (
    <Dialog
      name="invite"
      open={open}
      title={`Invite to ${channel.name}`}
      onClose={onClose}
      actions={<Button onClick={onClose}>Done</Button>}
    >
      {open && <Inviting channels={channels} channel={channel} />}
    </Dialog>
  );
}

function Inviting({ channels, channel }: Pick<InviteDialogProps, "channels" | "channel">) {
  const queries = useQueryClient();
  const [typed, setTyped] = useState("");
  const [invited, setInvited] = useState<readonly User[]>([]);

  async function invite(user: User): Promise<ParlourError | null> {
    const result = await channels.invite(channel._id, user.id);
    if (!result.ok) return result.error;
    setInvited((before) => [...before.filter(({ id }) => id !== user.id), user]);
    setTyped("");
    void queries.invalidateQueries({ queryKey: [MEMBERS, channel._id] });
    return null;
  }

  return (
    <div className="-mx-2 flex flex-col gap-1 text-ink">
      <p className="px-2 text-muted">Whom you choose is in at once, and can read everything that was said here.</p>
      <SearchField label="Search people to invite" typed={typed} onChange={setTyped} />
      <div className="max-h-[40vh] min-h-24 overflow-y-auto">
        {typed.trim() === "" ? (
          <p role="status" className="px-3 py-3 text-sm text-pretty text-good empty:hidden">
            {invited.length > 0 && `${invited.map(shownName).join(", ")} ${invited.length === 1 ? "is" : "are"} in now.`}
          </p>
        ) : (
          <PeopleFound
            people={channels.people}
            query={typed.trim()}
            connected
            isLeftOut={({ id }) => id === channels.self || invited.some((user) => user.id === id)}
            choose={invite}
            failed={inviteFailed}
          />
        )}
      </div>
    </div>
  );
}

function inviteFailed(error: ParlourError): string {
  if (error.code === "not_found") return "You cannot invite this person.";
  return `The invitation did not work. ${errorWords(error)}`;
}

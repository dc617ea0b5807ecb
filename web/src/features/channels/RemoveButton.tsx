import type { Channel } from "@parlour/sdk/channel-events";
import { shownName, type User } from "@parlour/sdk/user";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { flushSync } from "react-dom";
import { MEMBERS } from "../../components/groups/member-query.ts";
import { PersonAction } from "../../components/people/PersonAction.tsx";
import { PersonAsked } from "../../components/people/PersonAsked.tsx";
import { RequestDialog } from "../../components/ui/RequestDialog.tsx";
import type { Channels } from "../../model/channels.ts";

interface RemoveButtonProps {
  readonly channels: Channels;
  readonly channel: Channel;
  readonly member: User;
  /** They are a member no more, and this button is about to go. */
  readonly onGone: () => void;
}

/** The owner's way to be rid of a member. */
export function RemoveButton({ channels, channel, member, onGone }: RemoveButtonProps) {
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const name = shownName(member);
  return (
    <>
      <PersonAction icon="close" word="Remove" name={name} onClick={() => setAsking(true)} />
      <RequestDialog
        name="remove-member"
        open={asking}
        title={`Remove ${name}?`}
        refuse="Keep"
        confirm={{ idle: "Remove", busy: "Removing…" }}
        request={() => channels.expel(channel._id, member.id)}
        failed="They are still in."
        onDone={() => {
          // While the question is open, nothing behind it takes the focus.
          flushSync(() => setAsking(false));
          onGone();
          void queries.invalidateQueries({ queryKey: [MEMBERS, channel._id] });
        }}
        onClose={() => setAsking(false)}
      >
        <PersonAsked user={member} />
        {channel.visibility === "private"
          ? "They stop seeing the channel at once, until a member invites them again. What they wrote stays."
          : "They stop hearing what is said, but can join again at any time. What they wrote stays."}
      </RequestDialog>
    </>
  );
}

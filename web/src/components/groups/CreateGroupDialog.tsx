import type { Result } from "@parlour/sdk/errors";
import type { Group } from "@parlour/sdk/group";
import type { ReactNode } from "react";
import { checkDescription, checkRoomName, MAX_ROOM_NAME_LENGTH } from "../../model/credentials.ts";
import { Field } from "../form/Field.tsx";
import { FormAlert } from "../form/FormAlert.tsx";
import { SubmitButton } from "../form/SubmitButton.tsx";
import { useForm } from "../form/use-form.ts";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import type { DialogName } from "../ui/dialog-names.ts";

/** What every group is made of. */
export interface NewGroup {
  readonly name: string;
  readonly description?: string;
}

interface CreateGroupDialogProps<C extends Group<unknown>> {
  readonly dialog: DialogName;
  readonly open: boolean;
  /** What it is. */
  readonly one: string;
  /** Who may find it, in words; or fields to choose that with. */
  readonly children: ReactNode;
  readonly create: (group: NewGroup) => Promise<Result<C>>;
  readonly onClose: () => void;
  readonly onCreated: (group: C) => void;
}

/** Asks what a new group is to be called. */
export function CreateGroupDialog<C extends Group<unknown>>(props: CreateGroupDialogProps<C>) {
  const { dialog, open, one, onClose } = props;
  return (
    <Dialog name={dialog} open={open} title={`A new ${one}`} onClose={onClose}>
      {open && <CreateGroupForm {...props} />}
    </Dialog>
  );
}

function CreateGroupForm<C extends Group<unknown>>(props: CreateGroupDialogProps<C>) {
  const { one, children, create, onClose, onCreated } = props;
  const form = useForm({
    kind: "room",
    checks: { roomName: checkRoomName, description: checkDescription },
    send: async (typed) => {
      const description = typed("description").trim();
      const result = await create({
        name: typed("roomName").trim(),
        ...(description === "" ? {} : { description }),
      });
      if (result.ok) onCreated(result.value);
      return result;
    },
  });
  return (
    <form aria-label={`A new ${one}`} className="flex flex-col gap-4 text-ink" {...form.attributes}>
      <Field
        name="roomName"
        label={`Name of the ${one}`}
        maxLength={MAX_ROOM_NAME_LENGTH * 2}
        autoComplete="off"
        autoCapitalize="sentences"
        error={form.errors.roomName}
      />
      <Field
        name="description"
        label="What it is about"
        remark="optional"
        autoComplete="off"
        autoCapitalize="sentences"
        error={form.errors.description}
      />
      {children}
      <FormAlert failure={form.failure} secondsLeft={form.secondsLeft} />
      <div className="flex flex-col gap-2 sm:flex-row-reverse">
        <SubmitButton form={form} label={`Make the ${one}`} busyLabel={`Making the ${one}…`} />
        <Button className="min-h-12 shrink-0 sm:px-6!" onClick={onClose}>
          Cancel
        </Button>
      </div>
    </form>
  );
}

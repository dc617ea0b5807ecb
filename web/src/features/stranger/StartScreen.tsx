import { useLayoutEffect, useRef, useState, type ReactNode, type RefObject } from "react";
import { ParlourScene } from "../../components/ParlourScene.tsx";
import { Button } from "../../components/ui/Button.tsx";
import { recallAlias, rememberAlias, toAlias, type TabStorage } from "../../model/alias.ts";
import type { StrangerChat } from "../../model/stranger.ts";
import type { Notice, StrangerState } from "../../model/stranger-state.ts";
import { hasFinePointer } from "../../components/fine-pointer.ts";
import { NameField } from "./NameField.tsx";
import { NoticeBox } from "./NoticeBox.tsx";

interface StartScreenProps {
  readonly chat: StrangerChat;
  readonly state: StrangerState;
  readonly storage: TabStorage | null;
  /** Whether one came here from a chat, and the focus has to come along. */
  readonly takeFocus: boolean;
  /** Below START: the other ways in. */
  readonly beside: ReactNode;
}

/** What this is, a name if one likes, and START. */
export function StartScreen({ chat, state, storage, takeFocus, beside }: StartScreenProps) {
  const [name, setName] = useState(() => recallAlias(storage));
  const field = useRef<HTMLInputElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const nameError = aboutName(state.notice);

  useLayoutEffect(() => {
    if (!takeFocus) return;
    // On a phone the keyboard would cover what is to be read.
    if (hasFinePointer()) field.current?.focus();
    else heading.current?.focus();
  }, [takeFocus]);

  function start(): void {
    rememberAlias(storage, name.trim());
    chat.start(toAlias(name));
  }

  return (
    <main className="min-h-0 flex-1 overflow-y-auto sm:-mb-6">
      <div className="mx-auto grid min-h-full max-w-md content-center gap-7 px-5 pt-2 pb-[max(2.5rem,env(safe-area-inset-bottom))] text-center md:max-w-none md:grid-cols-2 md:items-center md:gap-10">
        <Welcome heading={heading} />
        <div className="flex min-w-0 flex-col gap-6">
          {state.notice !== null && nameError === null && (
            <NoticeBox notice={state.notice} onDismiss={() => chat.dismissNotice()} />
          )}
          <form
            className="flex flex-col gap-4 rounded-3xl border border-line bg-surface p-5 text-start shadow-sm sm:p-6"
            onSubmit={(event) => {
              event.preventDefault();
              start();
            }}
          >
            <NameField
              field={field}
              name={name}
              error={nameError}
              onChange={(typed) => {
                setName(typed);
                if (nameError !== null) chat.dismissNotice();
              }}
            />
            <Button type="submit" look="primary" className="min-h-13 w-full text-lg! tracking-wide">
              START
            </Button>
          </form>
          {beside}
        </div>
      </div>
    </main>
  );
}

/** What this is. */
function Welcome({ heading }: { readonly heading: RefObject<HTMLHeadingElement | null> }) {
  return (
    <div className="min-w-0">
      <ParlourScene state="open" className="mx-auto w-full max-w-72 md:max-w-88" />
      <h1
        ref={heading}
        tabIndex={-1}
        className="mt-7 font-display text-4xl font-semibold tracking-tight text-balance sm:text-5xl"
      >
        Pull up a chair.
      </h1>
      <p className="mx-auto mt-3 max-w-sm text-lg text-pretty text-muted">
        Parlour pairs you with one stranger for a talk in writing: no account, and nothing is kept.
      </p>
    </div>
  );
}

/** What is wrong with the name; `null` when the notice is about something else. */
function aboutName(notice: Notice | null): string | null {
  if (notice?.kind !== "error" || notice.doing !== "start") return null;
  return notice.error.code === "invalid_payload" ? notice.error.message : null;
}

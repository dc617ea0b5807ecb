import type { FeedState } from "@parlour/sdk/feed-state";
import type { Placed } from "@parlour/sdk/message-log";
import { expect, it } from "vitest";
import { standBetween } from "./answers.ts";
import { goToBeginning, messages, settled } from "./messages.ts";
import { useParlour } from "./parlour.ts";
import { comeIn, roomHeading } from "./rooms.ts";
import { seedRoom, wordsOf } from "./seed.ts";
import { isGoodInEveryLook } from "./visits.ts";

const parlour = useParlour({ PARLOUR_LIMITS_ENABLED: "false" });
/** More than are known at once: from the beginning there are newer ones to be asked for. */
const MANY = 560;

type Which = keyof Pick<FeedState<Placed, never>, "older" | "newer">;
type Notice = `${Which} ${Exclude<FeedState<Placed, never>[Which], "idle">}`;

const NOTICES: Readonly<Record<Notice, string>> = {
  "older loading": "Older messages are loading",
  "older failed": "Older messages could not be loaded.",
  "newer loading": "Newer messages are loading",
  "newer failed": "Newer messages could not be loaded.",
};

it("what is said of messages that are on their way, or do not come, has nothing that axe would find", async () => {
  const ada = await parlour.open("Ada", { reducedMotion: "reduce", hasClock: false });
  await comeIn(ada, "ada");
  const path = `/rooms/${await seedRoom(parlour.url(), "Kettle", MANY)}`;
  const answer = await standBetween(ada);
  const seen: Notice[] = [];
  const open = async (): Promise<void> => {
    await ada.goTo(path);
    await roomHeading(ada, "Kettle").waitFor();
    await messages(ada).getByText(wordsOf(MANY), { exact: true }).waitFor();
  };
  const look = async (notice: Notice): Promise<void> => {
    await ada.page.getByText(NOTICES[notice]).waitFor();
    await isGoodInEveryLook(ada, `notice-${notice.replace(" ", "-")}`);
    seen.push(notice);
  };
  const tryAgain = (): Promise<void> => ada.button("Try again").click();

  answer([{ asked: /[?&]before=/u, answer: "held" }]);
  await open();
  await messages(ada).evaluate((log) => void (log.scrollTop = 0));
  await look("older loading");
  answer([{ asked: /[?&]before=/u, answer: "refused" }]);
  await open();
  await messages(ada).evaluate((log) => void (log.scrollTop = 0));
  await look("older failed");
  answer([]);
  await tryAgain();
  await goToBeginning(ada);

  answer([{ asked: /[?&]after=/u, answer: "refused" }]);
  const failed = ada.page.getByText(NOTICES["newer failed"]);
  for (let turn = 0; turn < 400 && (await failed.count()) === 0; turn += 1) {
    await messages(ada).evaluate((log) => void (log.scrollTop = log.scrollHeight));
    await settled(ada);
  }
  await look("newer failed");
  answer([{ asked: /[?&]after=/u, answer: "held" }]);
  await tryAgain();
  await look("newer loading");
  expect(seen.toSorted()).toEqual(Object.keys(NOTICES).toSorted());
});

import { createClient, type ParlourClient } from "@parlour/sdk/client";
import { PASSWORD } from "./account.ts";

/** So many of each writer's messages are on their way at once: what the server waits for on one socket. */
const AT_ONCE = 64;
const WRITERS = ["Noor", "Silje", "Tomás"];
/** Long and short ones, so that no two rows need be of the same height. */
const WORDS = "the kettle is on and somebody has hidden the good biscuits behind the cups again so look there first".split(" ");

/**
 * What the message at `number` says; it begins with "Message N." Of `longEvery` messages one is as long as
 * can be, where that is even and not 0.
 */
export function wordsOf(number: number, longEvery = 0): string {
  if (longEvery > 0 && number % longEvery === longEvery / 2) return longWordsOf(number, longEvery);
  const count = 1 + ((number * 7_919) % 37);
  return `Message ${number}. ${Array.from({ length: count }, (_, at) => WORDS[(number + at * 3) % WORDS.length]).join(" ")}`;
}

/** Words, a word without an end, addresses, emoji, lines, and a script that is written from the right. */
const LONG_KINDS = ["the kettle is on and ", "unbroken", "(https://example.org/kettle), ", "🫖", "tea\n", "الشاي جاهز "];

function longWordsOf(number: number, longEvery: number): string {
  const kind = LONG_KINDS[Math.floor(number / longEvery) % LONG_KINDS.length]!;
  return Array.from(`Message ${number}. ${kind.repeat(4_000)}`).slice(0, 4_000).join("");
}

/** Makes a room in which `count` messages were said by three, over sockets; its id. Without limits. */
export async function seedRoom(url: string, name: string, count: number, longEvery = 0): Promise<string> {
  const writers = await Promise.all(WRITERS.map((writer) => signedIn(url, writer)));
  const made = await writers[0]!.rooms.create({ name });
  if (!made.ok) throw new Error(made.error.message);
  const roomId = made.value._id;
  let next = 1;
  const writeOn = async ({ rooms }: ParlourClient, last: number): Promise<void> => {
    for (let number = next; number <= last; number = next) {
      next += 1;
      await new Promise<void>((resolve, reject) => {
        rooms.send({ roomId, content: wordsOf(number, longEvery), clientId: `seed-${number}` }, (result) =>
          result.ok ? resolve() : reject(new Error(result.error.message)),
        );
      });
    }
  };
  // Those of the three come in among each other; the first and the last are where they are to be.
  await writeOn(writers[0]!, 1);
  await Promise.all(writers.flatMap((writer) => Array.from({ length: AT_ONCE }, () => writeOn(writer, count - 1))));
  await writeOn(writers[1]!, count);
  for (const { connection } of writers) connection.close();
  return roomId;
}

async function signedIn(url: string, username: string): Promise<ParlourClient> {
  let token: string | null = null;
  const network = { isOnline: () => true, onChange: () => () => undefined };
  const client = createClient({ url, network, getToken: () => token });
  const registered = await client.auth.register({ username, password: PASSWORD });
  if (!registered.ok) throw new Error(registered.error.message);
  ({ token } = registered.value);
  const { connection } = client;
  connection.open();
  await new Promise<void>((resolve) => {
    connection.subscribe(() => {
      if (connection.snapshot().kind === "connected") resolve();
    });
  });
  return client;
}

import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import type { Disk } from "./faults.ts";
import { launchBrowser, Person, type WindowOptions } from "./person.ts";
import { startServer, type Server, type Settings } from "./server.ts";

/** What a spec plays with: a server of its own, and people who open its page. */
export interface Parlour {
  readonly open: (name: string, options?: WindowOptions) => Promise<Person>;
  /** The browser that all have their windows in. */
  readonly browser: () => Browser;
  /** Where the server is. */
  readonly url: () => string;
  /** The same person's browser, with another tab. */
  readonly tab: (person: Person) => Promise<Person>;
  /** Two people who have met. */
  readonly pair: (one: string, other: string, options?: WindowOptions) => Promise<[Person, Person]>;
  /** Once it resolves, nothing is answered; see `thawServer`. */
  readonly freezeServer: () => Promise<void>;
  readonly thawServer: () => void;
  readonly killServer: () => Promise<void>;
  /** Kills the server in the middle of what it does, and starts it again on its files. */
  readonly crashServer: () => Promise<void>;
  /** From its next call on, something goes wrong with the server's disk. */
  readonly disk: Disk["set"];
  /** Starts the server again where it was. */
  readonly restartServer: () => Promise<void>;
  /** The pages of this spec may complain of this, and of nothing else: it breaks something on purpose. */
  readonly expectTrouble: (...complaints: readonly RegExp[]) => void;
}

/** What a browser logs where there is no network, no server, or a request is stopped. */
export const UNREACHABLE =
  /net::ERR_(?:INTERNET_DISCONNECTED|NETWORK_CHANGED|CONNECTION_\w+|SOCKET_NOT_CONNECTED|EMPTY_RESPONSE|FAILED)|WebSocket connection to '\S+' failed/u;

/** What a browser logs where the page writes to a socket that the server has just ended, and has not heard of it. */
export const ENDED_SOCKET = /^error: WebSocket is already in CLOSING or CLOSED state\.$/u;

/**
 * Sets up a browser for the file and a server for each spec; no page may log an error. `isFaulty`: the
 * server's disk can be made to go wrong.
 */
export function useParlour(settings: Settings = {}, { isFaulty = false } = {}): Parlour {
  let browser: Browser;
  let server: Server;
  let people: Person[] = [];
  let expected: readonly RegExp[] = [];

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    server = await startServer(settings, 0, isFaulty);
    people = [];
    expected = [];
  });
  afterEach(async () => {
    await Promise.all(people.map((person) => person.close()));
    await server.kill();
    const troubles = people.flatMap((person) => person.troubles);
    expect(troubles.filter((trouble) => !expected.some((complaint) => complaint.test(trouble)))).toEqual([]);
  });

  async function open(name: string, options?: WindowOptions): Promise<Person> {
    const person = await Person.open(browser, server.url, name, options);
    people.push(person);
    return person;
  }

  return {
    open,
    browser: () => browser,
    url: () => server.url,
    tab: async (person) => {
      const tab = await person.tab();
      people.push(tab);
      return tab;
    },
    pair: async (one, other, options) => {
      const first = await open(one, options);
      const second = await open(other, options);
      await first.start();
      await first.isWaiting();
      await second.start();
      await first.isTalkingTo(other);
      await second.isTalkingTo(one);
      return [first, second];
    },
    freezeServer: () => server.freeze(),
    thawServer: () => server.thaw(),
    killServer: () => server.kill(),
    crashServer: async () => {
      server = await server.crash();
    },
    disk: async (call, fault) => {
      if (server.disk === null) throw new Error("this server's disk cannot be made to go wrong");
      await server.disk.set(call, fault);
    },
    restartServer: async () => {
      server = await startServer(settings, server.port, isFaulty);
    },
    expectTrouble: (...complaints) => {
      expected = [...expected, ...complaints];
    },
  };
}

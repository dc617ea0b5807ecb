import { resolve } from "node:path";
import axe from "axe-core";
import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Locator,
  type Page,
} from "playwright-core";
import { expect } from "vitest";

const RESULTS = resolve(import.meta.dirname, ".results");

/** How long a page may take until it shows what a spec waits for. */
const PATIENCE_MS = 30_000;

/** How far a page's clock is turned forward when it is stopped: it cannot be stopped where it has been. */
const AHEAD_MS = 1_000;

/** Debian's Chromium, without what calls home. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** What a window is like. */
export interface WindowOptions extends BrowserContextOptions {
  /** Whether its clock can be turned forward; without, its frames are the browser's own. */
  readonly hasClock?: boolean;
}

/** A browser window of their own, seen as a person sees it: by role and by name. */
export class Person {
  readonly page: Page;
  readonly name: string;
  /** Errors that the page has logged or thrown, and what its policy has stopped. */
  readonly troubles: string[] = [];
  readonly #refusals: number[] = [];

  private constructor(page: Page, name: string) {
    this.page = page;
    this.name = name;
    page.on("pageerror", (error) => this.troubles.push(`uncaught: ${error.message}`));
    page.on("console", (message) => {
      const [type, text] = [message.type(), message.text()];
      if (type !== "error" && type !== "warning") return;
      if (!this.#refusals.some((status) => text.includes(`responded with a status of ${status}`))) {
        this.troubles.push(`${type}: ${text}`);
      }
    });
  }

  /** Opens the page in a context of its own. */
  static async open(
    browser: Browser,
    url: string,
    name: string,
    { hasClock = true, ...options }: WindowOptions = {},
  ): Promise<Person> {
    const context = await browser.newContext({ viewport: { width: 1100, height: 760 }, ...options });
    // Runs as ever, but a spec can turn it forward.
    if (hasClock) await context.clock.install();
    return Person.#visit(context, url, name);
  }

  /** Another tab of the same browser. */
  tab(): Promise<Person> {
    return Person.#visit(this.page.context(), new URL("/", this.page.url()).href, this.name);
  }

  static async #visit(context: BrowserContext, url: string, name: string): Promise<Person> {
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    const person = new Person(page, name);
    await page.goto(url);
    await person.heading("Pull up a chair.").waitFor();
    return person;
  }

  /** A browser logs each refused request as an error: one with this status is provoked from here on. */
  expectRefusal(status: number): void {
    this.#refusals.push(status);
  }

  /** Opens another route, as a link from elsewhere would. */
  async goTo(path: string): Promise<void> {
    await this.page.goto(new URL(path, this.page.url()).href);
  }

  heading(name: string): Locator {
    return this.page.getByRole("heading", { name });
  }

  button(name: string): Locator {
    return this.page.getByRole("button", { name, exact: true });
  }

  link(name: string): Locator {
    return this.page.getByRole("link", { name, exact: true });
  }

  /** A field of a form, by its label. */
  input(label: string): Locator {
    return this.page.getByRole("main").getByLabel(label, { exact: true });
  }

  /** Who one is, in the corner. */
  accountButton(name: string): Locator {
    return this.button(`Your account: ${name}`);
  }

  get field(): Locator {
    return this.page.getByRole("textbox", { name: "Message" });
  }

  get log(): Locator {
    return this.page.getByRole("log", { name: "Conversation" });
  }

  /** Words anywhere on the page that can be seen. */
  text(words: string | RegExp): Locator {
    return this.page.getByRole("main").getByText(words).first();
  }

  async start(): Promise<void> {
    await this.page.getByRole("textbox", { name: "Your name" }).fill(this.name);
    await this.button("START").click();
  }

  async isTalkingTo(name: string): Promise<void> {
    await this.heading(`You are talking to ${name}`).waitFor();
  }

  async isWaiting(): Promise<void> {
    await this.text("Looking for someone…").waitFor();
    await this.text(/You can write already|You will be put together/u).waitFor();
  }

  async say(text: string): Promise<void> {
    await this.field.fill(text);
    await this.field.press("Enter");
  }

  async reads(text: string): Promise<void> {
    await this.log.getByText(text, { exact: true }).first().waitFor();
  }

  /** Lets so much time pass in the page at once: what is due in it happens now. */
  async later(ms: number): Promise<void> {
    await this.page.clock.fastForward(ms);
  }

  /**
   * Types into the field until `seen` is there: that somebody types is told for a few seconds only, in which a
   * slow machine may show nothing.
   */
  async typesUntil(seen: Locator): Promise<void> {
    const isSeen = (): Promise<boolean> =>
      seen.waitFor({ timeout: 2_000 }).then(
        () => true,
        () => false,
      );
    do await this.field.pressSequentially("o");
    while (!(await isSeen()));
  }

  /**
   * `what` happens while the page's clock goes a millisecond at a time, each a question to the page: however slow
   * the machine is, no limit of seconds passes meanwhile that the page has set itself.
   */
  async slowly(what: () => Promise<void>): Promise<void> {
    const { clock } = this.page;
    while (!(await this.#isStopped()));
    const happening = new AbortController();
    const ticking = (async () => {
      while (!happening.signal.aborted) await clock.runFor(1);
    })();
    try {
      await what();
    } finally {
      happening.abort();
      await ticking;
      await clock.resume();
    }
  }

  /** Stops the page's clock; not if it has come too far meanwhile. */
  async #isStopped(): Promise<boolean> {
    const now = await this.page.evaluate(() => Date.now());
    try {
      await this.page.clock.pauseAt(now + AHEAD_MS);
    } catch (error) {
      if (String(error).includes("to the past")) return false;
      throw error;
    }
    return true;
  }

  async shot(name: string): Promise<void> {
    await this.page.screenshot({ path: resolve(RESULTS, `${name}.png`), animations: "disabled" });
  }

  /** Checks the page as it is now with axe: nothing is found. */
  async isAccessible(): Promise<void> {
    if (!(await this.page.evaluate(() => "axe" in window))) await this.page.evaluate(axe.source);
    const found = await this.page.evaluate(async () => {
      const { violations } = await (window as unknown as { axe: typeof axe }).axe.run({ resultTypes: ["violations"] });
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`);
    });
    expect(found).toEqual([]);
  }

  /** Nothing is wider than the window. */
  async fitsSideways(): Promise<void> {
    const surplus = await this.page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      const log = document.querySelector('[role="log"]');
      return [scrollWidth - clientWidth, log === null ? 0 : log.scrollWidth - log.clientWidth];
    });
    expect(surplus).toEqual([0, 0]);
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}

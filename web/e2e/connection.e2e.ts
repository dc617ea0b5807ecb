import { describe, it } from "vitest";
import { register } from "./account.ts";
import { UNREACHABLE, useParlour } from "./parlour.ts";
import type { Person } from "./person.ts";
import { listIsThere, roomsLink } from "./rooms.ts";

const parlour = useParlour();

/** They do not wait for the next attempt, but it may have come before. */
async function isConnected(person: Person): Promise<void> {
  const connected = person.page.getByText("Connected", { exact: true });
  await Promise.race([connected.waitFor(), person.button("Try now").click().catch(() => undefined)]);
  await connected.waitFor();
}

describe("when the server goes", () => {
  it("says so, and that the chat has ended, and goes on when it is back", async () => {
    const [ada, mara] = await parlour.pair("Ada", "Mara");
    await ada.say("Are you still there?");
    await mara.reads("Are you still there?");
    parlour.expectTrouble(UNREACHABLE);
    await parlour.killServer();
    await ada.page.getByRole("region", { name: "Connection" }).getByText(/Trying again/u).waitFor();
    await ada.text("The connection was lost, and that chat has ended").waitFor();
    await ada.reads("Are you still there?");
    await ada.shot("connection-lost");
    await parlour.restartServer();
    await isConnected(ada);
    await ada.button("Start again").click();
    await ada.isWaiting();
    await mara.button("Start again").click();
    await mara.isTalkingTo("Ada");
    await ada.isTalkingTo("Mara");
  });

  it("tells when it is the device that is offline", async () => {
    const ada = await parlour.open("Ada");
    await ada.page.getByText("Connected", { exact: true }).waitFor();
    parlour.expectTrouble(UNREACHABLE);
    await ada.page.context().setOffline(true);
    await ada.page.getByRole("region", { name: "Connection" }).getByText(/You are offline/u).waitFor();
    await ada.shot("offline");
    await ada.page.context().setOffline(false);
    await ada.page.getByText("Connected", { exact: true }).waitFor();
  });

  it("takes up the search again for one who was waiting", async () => {
    const ada = await parlour.open("Ada");
    await ada.start();
    await ada.isWaiting();
    parlour.expectTrouble(UNREACHABLE);
    await parlour.killServer();
    await ada.text("Connecting…").waitFor();
    await ada.shot("connection-lost-waiting");
    await parlour.restartServer();
    await isConnected(ada);
    await ada.isWaiting();
    const mara = await parlour.open("Mara");
    await mara.start();
    await mara.isTalkingTo("Ada");
  });
});

describe("a part of the page that cannot be fetched", () => {
  it("says so, leaves the rest alone, and is there once it can be", async () => {
    const ada = await parlour.open("Ada");
    await register(ada, "ada");
    const context = ada.page.context();
    parlour.expectTrouble(UNREACHABLE, /PartMissing/u);
    await context.route("**/RoomsArea*.js", (route) => route.abort());
    // What was not wanted yet is fetched all the same, once there is nothing else to do.
    const others = ["Direct", "Channels", "Settings"].map((area) => ada.page.waitForRequest(`**/${area}Area*.js`));
    await ada.page.reload();
    await Promise.all(others);
    await roomsLink(ada).click();
    await ada.heading("This part could not be loaded.").waitFor();
    await ada.isAccessible();
    await ada.shot("part-missing");
    await ada.button("Try again").click();
    await ada.heading("This part could not be loaded.").waitFor();
    await ada.link("Parlour").click();
    await ada.heading("Pull up a chair.").waitFor();
    await context.unroute("**/RoomsArea*.js");
    await roomsLink(ada).click();
    await listIsThere(ada);
  });
});

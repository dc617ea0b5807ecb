import { describe, it } from "vitest";
import { useParlour } from "./parlour.ts";

const parlour = useParlour();

describe("when the server goes", () => {
  it("says so, and that the chat has ended, and goes on when it is back", async () => {
    const [ada, mara] = await parlour.pair("Ada", "Mara");
    await ada.say("Are you still there?");
    await mara.reads("Are you still there?");
    parlour.expectTrouble();
    await parlour.killServer();
    await ada.page.getByRole("region", { name: "Connection" }).getByText(/Trying again/u).waitFor();
    await ada.text("The connection was lost, and that chat has ended").waitFor();
    await ada.reads("Are you still there?");
    await ada.shot("connection-lost");
    await parlour.restartServer();
    await ada.button("Try now").click();
    await ada.page.getByText("Connected", { exact: true }).waitFor();
    await ada.button("Start again").click();
    await ada.isWaiting();
    await mara.button("Start again").click();
    await mara.isTalkingTo("Ada");
    await ada.isTalkingTo("Mara");
  });

  it("tells when it is the device that is offline", async () => {
    const ada = await parlour.open("Ada");
    await ada.page.getByText("Connected", { exact: true }).waitFor();
    parlour.expectTrouble();
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
    parlour.expectTrouble();
    await parlour.killServer();
    await ada.text("Connecting…").waitFor();
    await ada.shot("connection-lost-waiting");
    await parlour.restartServer();
    await ada.isWaiting();
    const mara = await parlour.open("Mara");
    await mara.start();
    await mara.isTalkingTo("Ada");
  });
});

import { expect, it } from "vitest";
import { useParlour } from "./parlour.ts";

const parlour = useParlour();

interface Manifest {
  readonly name: string;
  readonly display: string;
  readonly start_url: string;
  readonly icons: readonly { readonly src: string; readonly sizes: string; readonly purpose: string }[];
}

it("can be installed: the browser finds nothing amiss with the manifest, and each picture is as large as it says", async () => {
  const ada = await parlour.open("Ada");
  const session = await ada.page.context().newCDPSession(ada.page);
  const { errors, url } = await session.send("Page.getAppManifest");
  expect(errors).toEqual([]);
  const { installabilityErrors } = await session.send("Page.getInstallabilityErrors");
  // The browser of the tests is always in private, where nothing is installed.
  expect(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== "in-incognito")).toEqual([]);
  const answer = await ada.page.request.get(url);
  expect(answer.headers()).toMatchObject({ "content-type": "application/manifest+json", "cache-control": "no-cache" });
  const manifest = (await answer.json()) as Manifest;
  expect(manifest).toMatchObject({ name: "Parlour", display: "standalone", start_url: "/" });
  expect(manifest.icons.map(({ sizes, purpose }) => `${sizes} ${purpose}`)).toEqual(["192x192 any", "512x512 any", "512x512 maskable"]);
  for (const { src, sizes } of [...manifest.icons, { src: "/apple-touch-icon.png", sizes: "180x180" }]) {
    const size = await ada.page.evaluate(async (source) => {
      const image = new Image();
      image.src = source;
      await image.decode();
      return `${image.naturalWidth}x${image.naturalHeight}`;
    }, src);
    expect(size).toBe(sizes);
  }
});

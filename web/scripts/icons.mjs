// Draws the page's icons from the logo: `npm run icons -w web`. They are kept, so that building the page
// needs none of this.
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import sharp from "sharp";

const PUBLIC = resolve(import.meta.dirname, "../public");
const PAPER = "#fff9f1";
/** The logo is 32 units wide, drawn at 72 dots an inch: enough dots for the largest icon. */
const DENSITY = 72 * 16;

/** `part`: how much of the icon's width the logo has. A launcher may cut a maskable one to its inner 80 %. */
const ICONS = [
  { file: "icon-192.png", size: 192, part: 0.84, ground: null },
  { file: "icon-512.png", size: 512, part: 0.84, ground: null },
  { file: "icon-maskable-512.png", size: 512, part: 0.56, ground: PAPER },
  { file: "apple-touch-icon.png", size: 180, part: 0.68, ground: PAPER },
];

const logo = await readFile(resolve(PUBLIC, "favicon.svg"));
for (const { file, size, part, ground } of ICONS) {
  const width = Math.round(size * part);
  const drawn = await sharp(logo, { density: DENSITY }).trim().resize({ width, height: width, fit: "inside" }).png().toBuffer();
  const background = ground ?? { r: 0, g: 0, b: 0, alpha: 0 };
  await sharp({ create: { width: size, height: size, channels: 4, background } })
    .composite([{ input: drawn, gravity: "centre" }])
    .png({ compressionLevel: 9, palette: true })
    .toFile(resolve(PUBLIC, file));
}

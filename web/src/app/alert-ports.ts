import type { AlertPorts } from "../model/alerts.ts";
import { showNotification } from "./system-notifications.ts";

/** So long a tab that does not show the conversation waits for one that does to say so. */
const GIVE_WAY_MS = 150;
/** So long nobody else can have the same claim: the message has come to every tab by then. */
const HELD_MS = 10_000;

/** Notifications, a sound made on the spot, and the word of the browser's other tabs. */
export const browserAlerts: Pick<AlertPorts, "claim" | "show" | "play" | "now"> = {
  claim: async (id, isInSight) => {
    // Only a page that came over https, or from this machine, has locks; another one has no notifications either.
    if (!("locks" in navigator)) return true;
    if (!isInSight) await new Promise((resolve) => setTimeout(resolve, GIVE_WAY_MS));
    return new Promise((resolve) => {
      const claimed = navigator.locks.request(`parlour.alert.${id}`, { ifAvailable: true }, async (lock) => {
        resolve(lock !== null);
        if (lock !== null) await new Promise((held) => setTimeout(held, HELD_MS));
      });
      // Where the browser keeps nothing for a page, there are no locks either: rather twice than never.
      claimed.catch(() => resolve(true));
    });
  },
  show: showNotification,
  play: () => void chime(),
  now: () => performance.now(),
};

/** Two soft notes, a fifth apart, each fading within a third of a second. */
const NOTES = [
  { hertz: 587.33, startS: 0 },
  { hertz: 880, startS: 0.09 },
] as const;
const FADE_S = 0.32;
const LOUDNESS = 0.12;
/** A browser that lets the page be heard does so within this time, also where the loudspeaker sleeps. */
const GIVE_UP_MS = 1_000;

let audio: AudioContext | null = null;

/** Makes the sound. A browser may keep it back until the page was touched once. */
export async function chime(): Promise<void> {
  audio ??= new AudioContext();
  if (audio.state === "suspended") await Promise.race([audio.resume(), new Promise((late) => setTimeout(late, GIVE_UP_MS))]);
  // What is kept back is not to be heard later, all at once.
  if (audio.state !== "running") return;
  for (const { hertz, startS } of NOTES) {
    const start = audio.currentTime + startS;
    const tone = new OscillatorNode(audio, { type: "sine", frequency: hertz });
    const volume = new GainNode(audio, { gain: 0 });
    volume.gain.setValueAtTime(0, start);
    volume.gain.linearRampToValueAtTime(LOUDNESS, start + 0.015);
    volume.gain.exponentialRampToValueAtTime(0.000_1, start + FADE_S);
    tone.connect(volume).connect(audio.destination);
    tone.start(start);
    tone.stop(start + FADE_S);
  }
}

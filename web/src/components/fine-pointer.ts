/** Whether there is a mouse, and so most likely a real keyboard: a field may take the focus. */
export function hasFinePointer(): boolean {
  return window.matchMedia("(pointer: fine)").matches;
}

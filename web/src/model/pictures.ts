/** The name of the `<meta>` in which the server says which origins pictures may come from. */
export const PICTURE_ORIGINS = "parlour-picture-origins";

/**
 * Says of a picture's address whether it is shown: over https, from the page's own origin or one that the
 * server names (`listed`, separated by blanks). Anything else the page's policy would stop, and log.
 */
export function picturesFrom(own: string, listed: string): (address: string) => boolean {
  const origins = new Set([own, ...listed.split(" ").filter((origin) => origin !== "")]);
  return (address) => {
    try {
      const { protocol, origin } = new URL(address);
      return protocol === "https:" && origins.has(origin);
    } catch {
      return false;
    }
  };
}

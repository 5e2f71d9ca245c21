/** What this page needs of trusted types; the DOM's own declarations lag behind. */
interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL: (address: string) => string },
  ): { createScriptURL(address: string): unknown }
}

/** Refuses whatever is not a file of our own server. */
function checked(address: string): string {
  const url = new URL(address, location.href)
  if (url.origin !== location.origin) throw new TypeError(`${url.origin} is not our own`)
  return url.href
}

const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes }
/** The one policy that the server's own one allows. */
const policy = trustedTypes?.createPolicy('own-files', { createScriptURL: checked })

/** The address of a script of our own, in a form that the browser lets us run. */
export function ownFile(address: string): string {
  // Where there are trusted types, this is one of them; wherever scripts are taken, it is taken in place of a text.
  return policy ? (policy.createScriptURL(address) as string) : checked(address)
}

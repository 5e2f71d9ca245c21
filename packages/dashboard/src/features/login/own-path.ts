const ANY = 'http://own.invalid'
export const LOGIN = '/app/login'

/** Where to go after the login: the given address if it is a place on this very page, else the deck. */
export function ownPath(given: string | undefined): string {
  if (given === undefined || !given.startsWith('/') || !URL.canParse(given, ANY)) return '/'
  // Read as a browser does it, for which `//` and `/\` begin with another host.
  const url = new URL(given, ANY)
  if (url.origin !== ANY || url.pathname === LOGIN) return '/'
  return `${url.pathname}${url.search}${url.hash}`
}

import { COUNTRIES, FILES, GENERIC } from './domain-endings.ts'
import { unmasked } from './unmasked.ts'

/** Whether a text leads anywhere but to these hosts: by an address with a scheme, or by a name that reads like a host. */
export function leadsAway(text: string, hosts: readonly string[]): boolean {
  // What is allowed is judged as it stands: to whoever follows it, a letter that looks Latin is another host.
  const rest = text.split(/\s+/).filter((word) => !isAllowed(word, hosts))
  const plain = withDots(unmasked(rest.join(' ')))
  return [plain, plain.replace(/\s+/g, '')].some((each) => SCHEME.test(each)) || namesHost(plain)
}

const AROUND = /^[("'“‘<[]+|[)"'”’>\],.;:!?]+$/g

function isAllowed(word: string, hosts: readonly string[]): boolean {
  // Not all programs agree on what a backslash is.
  if (hosts.length === 0 || word.includes('\\')) return false
  const address = word.replace(AROUND, '')
  const url = URL.parse(/^https?:\/\//i.test(address) ? address : `https://${address}`)
  return url !== null && url.username === '' && url.password === '' && hosts.includes(url.hostname)
}

const SCHEME =
  /(?<![a-z])[a-z][a-z0-9+.-]{0,20}:\/\/[^\s/]|h(?:tt|xx)ps?(?::[/\\]|\/\/)|(?:mailto|javascript):\S|data:\w{2,20}\//i
const DOT_IN_BRACKETS = /\s?[[({<]\s?(?:\.|dot)\s?[\])}>]\s?/gi
// Only before what nobody says of any other dot.
const DOT_APART =
  /(?:\s{1,3}dot\s{1,3}|\s{1,3}\.\s{0,3})(?=(?:com|net|org|io|ai|app|dev|xyz|biz|info|finance|chat|bot|example)(?![a-z]))/gi

/** With a dot wherever somebody would read one. */
function withDots(text: string): string {
  return text
    .replace(DOT_IN_BRACKETS, '.')
    .replace(DOT_APART, '.')
    .replace(/。(?=[a-z])/gi, '.')
}

// A sign may stand at either end of it, but code goes on behind an underscore: `x.is_open`.
const NAME =
  /(?<![\p{L}\p{N}])((?:[\p{L}\p{N}][\p{L}\p{N}-]{0,62}\.){1,10})(\p{L}[\p{L}\p{N}]{1,62})(?!_*[\p{L}\p{N}])(:\d|\/\S)?/gu
const NUMBERS = /(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.]*\d)/
// A time of day in brackets has no two colons side by side.
const IPV6 = /\[[\da-f:.]{0,45}::[\da-f:.]{0,45}[\]%]|\[(?:[\da-f]{1,4}:){7}[\da-f]{1,4}\]/i
/** What stands for letters that are not ASCII: nobody writes it by hand. */
const PUNYCODE = /(?<![\p{L}\p{N}])xn--[a-z\d]/iu
const FILE_NAME = /^[\p{L}\p{N}]+\.$/u

function namesHost(text: string): boolean {
  if ([NUMBERS, IPV6, PUNYCODE].some((each) => each.test(text))) return true
  return Array.from(text.matchAll(NAME)).some(isHost)
}

function isHost([, labels = '', end = '', path]: RegExpExecArray): boolean {
  if (path !== undefined || labels.toLowerCase().startsWith('www.')) return true
  const ending = end.toLowerCase()
  if (GENERIC.has(ending)) return true
  if (FILES.has(ending) && FILE_NAME.test(labels)) return false
  // A sentence may follow its full stop without a blank: "Done.It was", and "e.g.in" is no host either.
  const isOneCase = end === ending || end === end.toUpperCase()
  return isOneCase && COUNTRIES.has(ending) && /\p{L}[\p{L}\p{N}-]+\.$/u.test(labels)
}

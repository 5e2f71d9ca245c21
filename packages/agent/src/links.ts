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
const DOT_APART = /(?:\s{1,3}dot\s{1,3}|\s{1,3}\.\s{0,3})(?=(?:com|org|io|xyz|example)(?![a-z]))/gi

/** With a dot wherever somebody would read one. */
function withDots(text: string): string {
  return text
    .replace(DOT_IN_BRACKETS, '.')
    .replace(DOT_APART, '.')
    .replace(/。(?=[a-z])/gi, '.')
}

const NAME =
  /(?<![\p{L}\p{N}_.-])((?:[\p{L}\p{N}][\p{L}\p{N}-]{0,62}\.){1,10})(\p{L}[\p{L}\p{N}-]{1,62})(?![\p{L}\p{N}_-])(:\d|\/\S)?/gu
const NUMBERS = /(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.]*\d)/

function namesHost(text: string): boolean {
  return NUMBERS.test(text) || Array.from(text.matchAll(NAME)).some(isHost)
}

function isHost([, labels = '', end = '', path]: RegExpExecArray): boolean {
  if (path !== undefined || labels.toLowerCase().startsWith('www.')) return true
  if (ENDS.has(end.toLowerCase())) return true
  // A sentence may follow its full stop without a blank: "Done.It was", and "e.g.in" is no host either.
  const isOneCase = end === end.toLowerCase() || end === end.toUpperCase()
  return isOneCase && COUNTRIES.has(end.toLowerCase()) && /\p{L}[\p{L}\p{N}-]+\.$/u.test(labels)
}

// Where links of strangers mostly lead, and what never is public.
const ENDS = new Set(
  (
    'com net org info biz io dev app ai co me xyz top site online shop store club live tech blog cloud website icu vip ' +
    'ws gg tv onion zip mov click link page example invalid localhost internal рф 中国 みんな'
  )
    .split(' ')
    .map(unmasked),
)
// Without those that are more often the end of a file's name: md, pl, ps, py, rs.
const COUNTRIES = new Set(
  (
    'ac ad ae af ag al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bw by bz ca cc cd cf cg ' +
    'ch ci ck cl cm cn cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga gd ge gf gh gi ' +
    'gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in iq ir is it je jm jo jp ke kg kh ki km kn kp kr ' +
    'kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne nf ' +
    'ng ni nl no np nr nu nz om pa pe pf pg ph pk pm pn pr pt pw qa re ro ru rw sa sb sc sd se sg sh si sk sl sm sn so ' +
    'sr ss st su sv sx sy sz tc td tf th tj tk tl tm tn to tr tt tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ye yt ' +
    'za zm zw'
  ).split(' '),
)

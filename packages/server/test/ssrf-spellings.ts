import fc from 'fast-check'

/** An address of the web, with what its host really is. */
export interface Spelling {
  readonly url: string
  /** The address behind the host, in plain writing. */
  readonly address: string
  readonly isPublic: boolean
}

const privateNetworks: readonly [first: string, bits: number][] = [
  ['0.0.0.0', 24],
  ['10.0.0.0', 24],
  ['100.64.0.0', 22],
  ['127.0.0.0', 24],
  ['169.254.0.0', 16],
  ['172.16.0.0', 20],
  ['192.0.0.0', 8],
  ['192.0.2.0', 8],
  ['192.88.99.0', 8],
  ['192.168.0.0', 16],
  ['198.18.0.0', 17],
  ['198.51.100.0', 8],
  ['203.0.113.0', 8],
  ['224.0.0.0', 28],
  ['240.0.0.0', 28],
]
const publicNetworks: readonly [first: string, bits: number][] = [
  ['8.8.0.0', 16],
  ['93.184.216.0', 8],
  ['172.32.0.0', 19],
  ['192.167.0.0', 16],
  ['198.17.0.0', 16],
  ['223.255.0.0', 16],
]

/** A number that is one IPv4 address of these networks. */
function within(networks: readonly [string, number][]): fc.Arbitrary<number> {
  return fc
    .tuple(fc.constantFrom(...networks), fc.nat(2 ** 28 - 1))
    .map(([[first, bits], offset]) => numberOf(first) + (offset % 2 ** bits))
}

const loopback = fc.oneof(
  { weight: 2, arbitrary: fc.constant(numberOf('127.0.0.1')) },
  { weight: 1, arbitrary: within([['127.0.0.0', 24]]) },
)
const denied = fc.oneof(within(privateNetworks), loopback)

/** Hosts for the same address, as browsers and the C library read them. */
function spell4(number: number): fc.Arbitrary<string> {
  const bytes = bytesOf(number)
  const [a = 0, b = 0, c = 0, d = 0] = bytes
  const part = (value: number) =>
    fc.constantFrom(`${value}`, `0x${value.toString(16)}`, `0X${value.toString(16)}`, `0${value.toString(8)}`)
  const parts = (...values: number[]) => fc.tuple(...values.map(part)).map((all) => all.join('.'))
  const plain = fc.oneof(
    parts(number),
    parts(a, number % 2 ** 24),
    parts(a, b, number % 2 ** 16),
    parts(a, b, c, d),
    fc.constant(
      bytes
        .map((byte) =>
          byte
            .toString()
            .padStart(3, '0')
            .replace(/^0+(?=\d)/, ''),
        )
        .join('.'),
    ),
  )
  return fc
    .tuple(
      plain,
      fc.constantFrom(same, fullWidth, percent, circled, ideographicDots),
      fc.constantFrom('', '.'),
    )
    .map(([host, disguise, dot]) => disguise(host) + dot)
}

/** IPv6 addresses that mean an IPv4 address, or hide one. */
function spell6(number: number): fc.Arbitrary<string> {
  const hex = `${(number >>> 16).toString(16)}:${(number & 0xffff).toString(16)}`
  const dotted = bytesOf(number).join('.')
  const tails = fc.constantFrom(hex, dotted, hex.toUpperCase())
  const heads = fc.constantFrom(
    '::ffff:',
    '::FFFF:',
    '0:0:0:0:0:ffff:',
    '0000:0000:0000:0000:0000:ffff:',
    '::',
    '64:ff9b::',
    '64:ff9b:1::',
    '::ffff:0:',
  )
  const around = fc.constantFrom(`2002:${hex}::`, `2002:${hex}::1`, `2001:0:${hex}::`)
  return fc.oneof(
    fc.tuple(heads, tails).map(([head, tail]) => `[${head}${tail}]`),
    around.map((address) => `[${address}]`),
  )
}

const lonely6 = fc.constantFrom(
  ...[
    '[::1]',
    '[::]',
    '[0:0:0:0:0:0:0:1]',
    '[fe80::1]',
    '[febf::1]',
    '[fc00::1]',
    '[fd12:3456::1]',
    '[fec0::1]',
  ],
  ...['[ff02::1]', '[100::1]', '[2001:db8::1]', '[3fff::1]', '[5f00::1]', '[4000::1]', '[e000::1]'],
)
const public6 = fc
  .constantFrom('2001:4860:4860::', '2606:4700::', '2a00:1450:4001::', '2003::', '3ffe::')
  .chain((head) => fc.integer({ min: 1, max: 0xffff }).map((tail) => `[${head}${tail.toString(16)}]`))

const same = (host: string) => host
const fullWidth = (host: string) =>
  host.replaceAll(/[\d.x]/gi, (letter) => String.fromCodePoint((letter.codePointAt(0) ?? 0) + 0xfee0))
const percent = (host: string) => host.replaceAll(/\d/g, (digit) => `%3${digit}`)
const circled = (host: string) =>
  host.replaceAll(/[1-9]/g, (digit) => String.fromCodePoint(0x2460 + Number(digit) - 1))
const ideographicDots = (host: string) => host.replaceAll('.', '。')

/** What may stand around a host, and mislead whoever reads it with other eyes. */
const frames: readonly ((host: string, port: string) => string)[] = [
  (host, port) => `https://${host}${port}/`,
  (host, port) => `HTTPS://${host}${port}/hook?to=example.org#example.org`,
  (host, port) => String.raw`https:\\${host}${port}\@example.org/`,
  (host, port) => `https:${host}${port}/`,
  (host, port) => `  https:////${host}${port}`,
  (host, port) => `ht\ttps://${host.slice(0, 1)}\n${host.slice(1)}${port}/`,
  (host, port) => `https://example.org@${host}${port}/`,
  (host, port) => `https://example.org:443@${host}${port}/`,
  (host, port) => `https://@${host}${port}/`,
  (host, port) => `https://${host}${port}?@example.org`,
  (host, port) => `https://${host}${port}#@example.org`,
  (host, port) => `http://${host}${port}/`,
]
const ports = fc.constantFrom('', '', ':443', ':8443', ':0443', ':', ':80', ':22', ':99999')

function framed(host: string, port: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.tuple(fc.constantFrom(...frames), port).map(([frame, at]) => frame(host, at))
}

function spelled(number: number, isPublic: boolean, port: fc.Arbitrary<string>): fc.Arbitrary<Spelling> {
  const address = bytesOf(number).join('.')
  const hosts = isPublic ? spell4(number) : fc.oneof(spell4(number), spell6(number))
  return hosts.chain((host) => framed(host, port)).map((url) => ({ url, address, isPublic }))
}

/** Private and public addresses in every disguise. */
export const spellings: fc.Arbitrary<Spelling> = fc.oneof(
  { weight: 6, arbitrary: denied.chain((number) => spelled(number, false, ports)) },
  { weight: 2, arbitrary: within(publicNetworks).chain((number) => spelled(number, true, ports)) },
  { weight: 1, arbitrary: six(lonely6, false) },
  { weight: 1, arbitrary: six(public6, true) },
)

/** This machine in every disguise, at this port. */
export function loopbackSpellings(port: number): fc.Arbitrary<Spelling> {
  const at = fc.constant(`:${port}`)
  const names = fc.constantFrom(
    'localhost',
    'LocalHost',
    'localhost.',
    '[::1]',
    '[0:0::1]',
    'ｌｏｃａｌｈｏｓｔ',
  )
  return fc.oneof(
    { weight: 4, arbitrary: loopback.chain((number) => spelled(number, false, at)) },
    {
      weight: 1,
      arbitrary: names
        .chain((host) => framed(host, at))
        .map((url) => ({ url, address: 'localhost', isPublic: false })),
    },
  )
}

function six(hosts: fc.Arbitrary<string>, isPublic: boolean): fc.Arbitrary<Spelling> {
  return hosts.chain((host) => framed(host, ports).map((url) => ({ url, address: host, isPublic })))
}

function numberOf(address: string): number {
  return address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0)
}

function bytesOf(number: number): number[] {
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255)
}

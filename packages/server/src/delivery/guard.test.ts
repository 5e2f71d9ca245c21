import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import fc from 'fast-check'
import ipaddr from 'ipaddr.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { seed } from '../../test/seed.ts'
import { loopbackSpellings, spellings } from '../../test/ssrf-spellings.ts'
import { createGuard, parseAllowList } from './guard.ts'
import type { Guard } from './guard.ts'
import { contains, numberOf, parseNetwork, subtract, toBlockList } from './networks.ts'
import type { Network } from './networks.ts'
import type { OutboundError } from './outbound-error.ts'
import { createOutbound, selfTest } from './outbound.ts'
import type { Outbound } from './outbound.ts'

const nobody = createGuard(parseAllowList(''))

function judged(url: string, guard: Guard = nobody): string {
  const judgement = guard.judge(url)
  return 'url' in judgement ? judgement.url.href : judgement.refusal.replace(/^\S+ is (a|no) p/, '… is $1 p')
}

const hint = 'unless CLAWDX_WEBHOOK_ALLOW lists the host'
const reserved = `… is a private or reserved address, which is not called ${hint}`
const unnamed = `… is no public name, and is not called ${hint}`
const insecure = `Only https addresses are called, ${hint}`
const otherPort = `Only the ports 443 and 8443 are called, ${hint}`
const nonsense = 'This is not an address like https://example.org/hook'
const userinfo = 'An address must not hold a user name or a password'
const tooLong = 'An address has at most 2048 characters'

describe('an address that nobody listed', () => {
  test.each([
    ['https://example.org', 'https://example.org/'],
    ['https://example.org:443/a?b=c#d', 'https://example.org/a?b=c'],
    ['HTTPS://Example.ORG.:8443/', 'https://example.org:8443/'],
    ['https://bücher.example/', 'https://xn--bcher-kva.example/'],
    ['https://8.8.8.8/', 'https://8.8.8.8/'],
    ['https://134744072/', 'https://8.8.8.8/'],
    ['https://[2606:4700::1111]/', 'https://[2606:4700::1111]/'],
    ['https://[::ffff:8.8.8.8]/', 'https://[::ffff:808:808]/'],
    ['https://localhost.example.org/', 'https://localhost.example.org/'],
    ['https://notlocal/', unnamed],
    ['http://example.org/', insecure],
    ['https://example.org:80/', otherPort],
    ['https://example.org:8080/', otherPort],
    ['https://8.8.8.8:22/', otherPort],
    ['ftp://example.org/', nonsense],
    ['file:///etc/passwd', nonsense],
    ['gopher://127.0.0.1/', nonsense],
    ['data:text/plain,hello', nonsense],
    ['//example.org/', nonsense],
    ['example.org', nonsense],
    ['https://', nonsense],
    ['', nonsense],
    ['https://example.org:99999/', nonsense],
    ['https://user@example.org/', userinfo],
    ['https://user:secret@example.org/', userinfo],
    ['https://example.org@127.0.0.1/', userinfo],
    ['https://:@example.org/', 'https://example.org/'],
    [`https://example.org/${'a'.repeat(2_028)}`, `https://example.org/${'a'.repeat(2_028)}`],
    [`https://example.org/${'a'.repeat(2_029)}`, tooLong],
    [`https://example.org/${'ü'.repeat(1_000)}`, tooLong],
  ])('%s', (url, expected) => {
    expect(judged(url)).toBe(expected)
  })

  test.each([
    ...[
      '127.0.0.1',
      '127.1',
      '2130706433',
      '0x7f000001',
      '0x7f.1',
      '0177.0.0.1',
      '017700000001',
      '127.0.0.1.',
    ],
    ...['１２７.０.０.１', '127。0。0。1', '①②⑦.0.0.①', '%31%32%37.0.0.1', '127.255.255.254', '0', '0.0.0.0'],
    ...['10.0.0.1', '100.64.0.1', '100.127.255.255', '169.254.169.254', '0xa9fea9fe', '172.16.0.1'],
    ...[
      '172.31.255.255',
      '192.0.0.1',
      '192.0.2.1',
      '192.88.99.1',
      '192.168.1.1',
      '198.18.0.1',
      '198.19.255.255',
    ],
    ...['198.51.100.1', '203.0.113.1', '224.0.0.1', '240.0.0.1', '255.255.255.255', '168.63.129.16'],
    ...[
      '[::]',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '[::ffff:7f00:1]',
      '[0:0:0:0:0:ffff:a9fe:a9fe]',
      '[::127.0.0.1]',
    ],
    ...[
      '[::ffff:0:127.0.0.1]',
      '[64:ff9b::7f00:1]',
      '[64:ff9b:1::1]',
      '[100::1]',
      '[2001::1]',
      '[2001:db8::1]',
    ],
    ...['[2002:7f00:1::]', '[2002:a9fe:a9fe::1]', '[3fff::1]', '[5f00::1]', '[fc00::1]', '[fd00:ec2::254]'],
    ...['[fe80::1]', '[fec0::1]', '[ff02::1]', '[4000::1]'],
  ])('%s is no address to go to', (host) => {
    expect(judged(`https://${host}/`)).toBe(reserved)
  })

  test.each([
    ...['localhost', 'LOCALHOST', 'a.localhost', 'localhost.', 'gateway', 'gateway.', 'a.local', 'a.local.'],
    ...['metadata.google.internal', 'Metadata.Google.INTERNAL.', 'nas.home.arpa', 'home.arpa', 'internal'],
    ...['a..b', 'example.org..', '-a.example', 'a-.example', `${'a'.repeat(64)}.example`, 'a!b.example'],
    ...['ｌｏｃａｌｈｏｓｔ', 'loc%61lhost', 'a。local', 'a.LOCA\u{2113}'],
  ])('%s is no name to go to', (host) => {
    expect(judged(`https://${host}/`)).toBe(unnamed)
  })

  test.each([
    '[fe80::1%25eth0]',
    '[fe80::1%eth0]',
    '[::1',
    '1.2.3.4.5',
    '256.1.1.1',
    '127.0.0.1%00.example',
    'a b',
  ])('%s is no host at all', (host) => {
    expect(judged(`https://${host}/`)).toBe(nonsense)
  })
})

describe('what the operator listed', () => {
  const guard = createGuard(parseAllowList('127.0.0.0/8, 10.1.0.0/16,fd00::/8,Gateway.,openclaw.lan,8.8.8.8'))

  test.each([
    ['http://127.0.0.1:18789/hooks/agent', 'http://127.0.0.1:18789/hooks/agent'],
    ['http://2130706433:1/', 'http://127.0.0.1:1/'],
    ['http://[::ffff:127.0.0.1]:1/', 'http://[::ffff:7f00:1]:1/'],
    ['http://localhost:1/', 'http://localhost:1/'],
    ['http://a.localhost/', 'http://a.localhost/'],
    ['http://10.1.255.255/', 'http://10.1.255.255/'],
    ['https://[fd12::1]:444/', 'https://[fd12::1]:444/'],
    ['http://gateway:18789/', 'http://gateway:18789/'],
    ['http://GATEWAY.:18789/', 'http://gateway:18789/'],
    ['http://openclaw.lan/', 'http://openclaw.lan/'],
    ['http://8.8.8.8:22/', 'http://8.8.8.8:22/'],
    ['http://me@gateway/', userinfo],
    ['http://gateway../', unnamed],
    ['http://a.openclaw.lan/', insecure],
    ['http://openclaw.lan.example/', insecure],
    ['ftp://gateway/', nonsense],
    ['http://10.2.0.0/', reserved],
    ['http://[::1]/', reserved],
    ['http://[fc00::1]/', reserved],
    ['http://8.8.8.9/', insecure],
  ])('%s', (url, expected) => {
    expect(judged(url, guard)).toBe(expected)
  })

  test.each([
    ['127.0.0.1', true],
    ['::ffff:127.0.0.1', true],
    ['10.1.2.3', true],
    ['10.0.255.255', false],
    ['10.2.0.0', false],
    ['fdff::1', true],
    ['fc00::1', false],
    ['::1', false],
    ['8.8.8.8', true],
    ['1.1.1.1', true],
    ['fe80::1%eth0', false],
    // Not IPv4, although it looks like it.
    ['::8.8.8.8', false],
    ['', false],
    ['gateway', false],
  ])('a socket to %s: %s', (address, may) => {
    expect(guard.mayReach(address)).toBe(may)
  })

  test('is a name, or not', () => {
    const names = ['gateway', 'GATEWAY.', 'openclaw.lan', 'a.openclaw.lan', 'localhost', '127.0.0.1']
    expect(names.filter((name) => guard.isListedHost(name))).toEqual(['gateway', 'GATEWAY.', 'openclaw.lan'])
  })

  test('opens nothing of IPv4 by a network of IPv6', () => {
    const wide = createGuard(parseAllowList('::/0'))
    expect(['::1', 'fe80::1', '127.0.0.1', '::ffff:10.0.0.1'].filter((one) => wide.mayReach(one))).toEqual([
      '::1',
      'fe80::1',
    ])
    expect(wide.blockList.check('127.0.0.1')).toBe(true)
  })

  test.each(['', ' ', ',', ' , ,'])('may be nothing: "%s"', (text) => {
    expect(parseAllowList(text)).toEqual({ hosts: new Set(), networks: [] })
  })

  test('is refused where it is wrong, all of it at once', () => {
    const wrong = [
      ...[
        'http://gateway',
        'gateway:80',
        'gateway/',
        'me@gateway',
        '*.lan',
        'a b',
        'a..b',
        '127.1',
        '0x7f.1',
      ],
      ...['10.0.0.1/8', '10.0.0.0/33', '10.0.0.0/', '010.0.0.1', '[::1]', '::/129', 'fe80::1%eth0', '::1/0'],
    ]
    const say = wrong.map((entry) => JSON.stringify(entry)).join(', ')
    expect(() => parseAllowList(`127.0.0.1,${wrong.join(',')},gateway`)).toThrow(
      `must be addresses, networks like 10.0.0.0/8 and names of hosts, with commas between, and not ${say}`,
    )
  })
})

describe('networks', () => {
  const small = fc
    .tuple(fc.bigInt({ min: 0n, max: 60n }), fc.bigInt({ min: 0n, max: 9n }))
    .map(([first, size]): Network => ({ first, last: first + size }))
  const some = fc.array(small, { maxLength: 6 })

  test('are cut exactly where others begin and end', () => {
    fc.assert(
      fc.property(some, some, (networks, holes) => {
        const rest = subtract(networks, holes)
        for (let address = 0n; address < 75n; address++) {
          const isLeft = contains(networks, address) && !contains(holes, address)
          expect(contains(rest, address)).toBe(isLeft)
        }
      }),
      { seed },
    )
  })

  const address = fc.oneof(
    fc.ipV4(),
    fc.ipV6().filter((text) => !text.includes('%')),
  )
  const network = fc.tuple(address, fc.nat(128)).map(([text, bits]) => {
    const isShort = ipaddr.parse(text).kind() === 'ipv4'
    const kind = isShort ? ipaddr.IPv4 : ipaddr.IPv6
    const length = isShort ? bits % 33 : bits
    return `${kind.networkAddressFromCIDR(`${text}/${length}`).toString()}/${length}`
  })

  test('of Node agree with ours about every address', () => {
    fc.assert(
      fc.property(
        fc.array(network, { maxLength: 4 }),
        fc.array(address, { minLength: 1 }),
        (texts, addresses) => {
          const allowed = texts.flatMap((text) => parseNetwork(text) ?? expect.fail(text))
          const denied = subtract(
            parseNetwork('0.0.0.0/0')?.concat(parseNetwork('::/0') ?? []) ?? [],
            allowed,
          )
          const list = toBlockList(denied)
          for (const one of addresses) {
            const family = ipaddr.parse(one).kind()
            expect([one, list.check(one, family)]).toEqual([one, contains(denied, numberOf(one))])
          }
        },
      ),
      { seed, numRuns: 500 },
    )
  })

  test('that are public are not blocked, in either spelling', () => {
    const { blockList } = nobody
    expect(['8.8.8.8', '93.184.216.34'].filter((one) => blockList.check(one))).toEqual([])
    const six = ['::ffff:8.8.8.8', '2606:4700::1111']
    expect(six.filter((one) => blockList.check(one, 'ipv6'))).toEqual([])
    expect(blockList.check('::ffff:127.0.0.1', 'ipv6')).toBe(true)
  })
})

describe('addresses in every disguise', () => {
  const canaries: Server[] = []
  let hits = 0
  let port = 0

  beforeAll(async () => {
    for (const host of ['127.0.0.1', '::1']) {
      const canary = createServer((socket) => {
        hits++
        socket.on('error', () => {}).end()
      })
      canaries.push(canary.listen(port, host))
      await once(canary, 'listening').catch((error: unknown) => {
        // A machine may be without IPv6.
        if (port === 0) throw error
      })
      port ||= (canary.address() as AddressInfo).port
    }
  })
  afterAll(() => canaries.forEach((canary) => canary.close()))

  test('are judged by where they lead', () => {
    const passed = { private: 0, public: 0 }
    fc.assert(
      fc.property(spellings, ({ url, isPublic }) => {
        const judgement = nobody.judge(url)
        if ('refusal' in judgement) return
        passed[isPublic ? 'public' : 'private']++
        const host = judgement.url.hostname.replaceAll(/[[\]]/g, '')
        expect(ipaddr.isValid(host), host).toBe(true)
        expect(ipaddr.process(host).range(), url).toBe('unicast')
        expect(isPublic, url).toBe(true)
      }),
      { seed, numRuns: 20_000 },
    )
    expect(passed.private).toBe(0)
    // They are not refused for being odd.
    expect(passed.public).toBeGreaterThan(1_000)
  })

  const send = (outbound: Outbound, url: string): Promise<unknown> => {
    const options = { headers: {}, body: '{}', timeoutMs: 5_000, signal: new AbortController().signal }
    return outbound.post(url, options).catch((error: OutboundError) => error.code)
  }

  test.each([
    ['by their look', nobody],
    // What a mistake of the judge would let through.
    ['by the socket alone', { ...nobody, judge: parsed }],
  ])('never lead to this machine, %s', async (_, guard) => {
    const codes = new Set<unknown>()
    const outbound = createOutbound(guard)
    const property = fc.asyncProperty(loopbackSpellings(port), async ({ url }) => {
      codes.add(await send(outbound, url))
    })
    await fc.assert(property, { seed, numRuns: 3_000 })
    await outbound.close()
    expect([...codes]).toEqual(['refused'])
    expect(hits).toBe(0)
  })

  test('would be seen if they did', async () => {
    const outbound = createOutbound(createGuard(parseAllowList('127.0.0.0/8,::1')))
    expect(await send(outbound, `http://127.0.0.1:${port}/`)).toBe('reset')
    await outbound.close()
    expect(hits).toBe(1)
  })

  function parsed(text: string) {
    const url = URL.parse(text)
    if (!url) return { refusal: nonsense }
    url.hostname = url.hostname.replace(/\.$/, '')
    return { url }
  }
})

test('a server that starts has seen its guard refuse', async () => {
  await expect(selfTest()).resolves.toBeUndefined()
})

import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parsePersona } from '@clawdxcraft/protocol'
import { describe, expect, test } from 'vitest'
import { styleOf } from '../src/brain/line.ts'
import { leadsAway } from '../src/links.ts'
import { populate } from '../src/town/population.ts'
import { seed } from './seed.ts'
import { PERSONAS } from './stage.ts'

describe('a link is seen', () => {
  test.each([
    'https://evil.example/x',
    'HTTP://EVIL.EXAMPLE',
    'see http://203.0.113.7:8080/',
    'ftp://files.evil.example',
    'ws://evil.example',
    'hxxp://evil.example',
    'hxxps[:]//evil[.]example',
    'evil.example/x',
    'evil.example',
    'look at evil.com now',
    'look at EVIL.COM now',
    'evil.Com',
    'www.evil.museum',
    'sub.domain.evil.co.uk',
    'evil.de',
    'x.com/ada',
    't.me/worm',
    'anything.unheardof/path',
    'evil.unheardof:8080',
    'evil[.]com',
    'evil (dot) com',
    'evil dot com',
    'evil . com',
    'evil{dot}org/x',
    'evil。com',
    'ｅｖｉｌ．ｃｏｍ',
    'ev\u200Bil.c\u200Bom',
    'evil\u2024com',
    'еvil.cоm',
    'пример.рф',
    'h t t p s : / / evil',
    'http:\\\\evil',
    'https//evil',
    '203.0.113.7',
    'mail me@evil.com',
    'mailto:me@evil',
    'javascript:alert(1)',
    'data:text/html,hi',
    '[here](https://evil.example)',
    'bücher.de',
    'evil.chat',
    'evil.pro',
    'evil.bot',
    'evil.fun',
    'claim-airdrop.finance',
    'see claim-airdrop.Finance!',
    'evil.rocks',
    'evil.pl',
    'script.pl',
    'evil.ps',
    'evil.tg',
    'xn--e1awd7f.unheardof',
    'evil.xn--p1ai',
    'www dot xn--80ak6aa92e',
    '[::1]:8080',
    'at [2001:db8::1] now',
    '[2001:db8:0:1:2:3:4:5]',
    'evil(dot)finance',
    'evil[dot]chat',
    'evil dot com/x',
    'evil dot finance',
    'evil.rs/x',
    'evil.py:8080',
    'www.evil.md',
    'sub.evil.rs',
    'claim-airdrop.rs',
    'a_b.evil.com',
    '_evil.com_',
    '…evil.com',
    '-evil.com',
    'evil.com—free',
  ])('%s', (text) => {
    expect(leadsAway(text, [])).toBe(true)
  })
})

describe('no link is seen', () => {
  test.each([
    'Half past three a.m. and p.m., e.g. today, i.e. now.',
    'It is done.It was hard.The end.',
    'wait...so it works',
    'Version 2.0.1 came out, 14.000 times, at 3.30',
    'main.ts and node.js and index.html and README.md and script.py',
    'and/or, either/or, 1/2, w/o, 24/7',
    'U.S.A. and Ph.D. and St.Petersburg',
    'http is a protocol, https another, http: well',
    '@ada @bob: hello',
    'a smiley :/ and another ://',
    'Mr.Smith said.what now',
    '止めた。chess の問題',
    'yes.\nnote: candidate',
    'no.1 of 3. a house',
    'main.rs, lib.rs, Node.js, v1.2.3 and 3.14',
    'Wait … what… e.g. at 7 a.m., i.e. early',
    'my_script.py, __init__.py, x.is_ok, a README.md-like note',
    '[12:30:45] awake, and std::vec is no address',
    'connect the dot in the middle, a dot on the map',
  ])('%s', (text) => {
    expect(leadsAway(text, ['good.example'])).toBe(false)
  })
})

test('no sample bot and no inhabitant of a town speaks of a host', () => {
  const samples = readdirSync(PERSONAS).map((name) =>
    parsePersona(readFileSync(join(PERSONAS, name), 'utf8')),
  )
  const all = [
    ...samples.flatMap((result) => (result.ok ? [result.persona] : [])),
    ...populate({ bots: 200, seed: String(seed) }).map(({ persona }) => persona),
  ]
  const texts = all.flatMap((persona) => [persona.bio ?? '', persona.persona, ...styleOf(persona).examples])
  expect(texts.length).toBeGreaterThan(1_000)
  expect(texts.filter((text) => leadsAway(text, []))).toEqual([])
})

describe('where a host is allowed', () => {
  const hosts = ['good.example', 'xn--bcher-kva.example']

  test.each([
    'https://good.example',
    'see (https://good.example/path?q=1#x), really',
    'HTTPS://GOOD.EXAMPLE/',
    'good.example/path',
    'good.example',
    'https://good.example:8443/x',
    'https://bücher.example/x',
  ])('it is followed: %s', (text) => {
    expect(leadsAway(text, hosts)).toBe(false)
  })

  test.each([
    'https://evil.example',
    'https://good.example and https://evil.example',
    'https://good.example.evil.com',
    'https://sub.good.example',
    'https://good.example@evil.com/',
    'https://user:pass@good.example/',
    'https://evil@good.example/',
    'https://evil.com/good.example',
    'https://gооd.example',
    'gооd.example',
    'https://good。example。evil.com',
    'hxxps://good.example',
    'ftp://good.example',
    'https:// good.example',
    'https://good.example\\@evil.com',
  ])('nothing else is: %s', (text) => {
    expect(leadsAway(text, hosts)).toBe(true)
  })
})

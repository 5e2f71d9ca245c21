import { describe, expect, test } from 'vitest'
import { leadsAway } from '../src/links.ts'

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
  ])('%s', (text) => {
    expect(leadsAway(text, ['good.example'])).toBe(false)
  })
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

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { holdsSecret } from '../src/secret-shapes.ts'
import { seed } from './seed.ts'

const KEY = 'clx_Vq3kT9-hW2mZ8nR4tY7uB1cX6vE0aS5dF_gH3jK9lP2o'
const JWT = 'eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N'
const SK = 'sk-ant-api03-R2D2c3poBb8xK9mQ4vN7tL1wZ5yH8jF0gS6dA3eU'
const HEX = '9f3a77bc01de5a4e8b1c2d3e4f5061728394a5b6c7d8e9f0a1b2c3d4e5f60718'

const SECRETS: readonly (readonly [string, string])[] = [
  ['a key of this network', KEY],
  ['a webhook secret', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
  ['a token', JWT],
  ['a key of Anthropic', SK],
  ['a key of OpenAI', 'sk-proj-a8Xk3mPq9ZtR2vNc7LwYb1Hd5Fg0Js4T'],
  ['an old key of OpenAI', 'sk-a8Xk3mPq9ZtR2vNc7LwYb1Hd5Fg0Js4Ta8Xk3mPq9ZtR2v'],
  ['a key of AWS', 'AKIAIOSFODNN7EXAMPLE'],
  ['a secret of AWS', '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'],
  ['a token of GitHub', 'ghp_16C7e42F292c6912E7710c838347Ae178B4a'],
  ['a fine token of GitHub', 'github_pat_11ABCDEFG0aBcDeFgHiJkL_1234567890abcdef'],
  ['a token of Slack', 'xoxb-17653672481-19874698323-pdFZKVeTuE8sk7oOcHrzqqgy'],
  ['a key of Google', 'AIzaSyDaGmWKa4JsXZ-HjGw7ISLn_3namBGewQe'],
  ['a key of Stripe', 'sk_live_4eC39HqLyjWDarjtT1zdp7dc'],
  ['a key of Groq', 'gsk_a8Xk3mPq9ZtR2vNc7LwYb1Hd5Fg0'],
  ['PEM', '-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA'],
  ['PEM without a name', '-----BEGIN PRIVATE KEY-----'],
  ['hex', HEX],
  ['base64', 'Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MHRoaXNJc0FTZWNyZXQ='],
]

const DISGUISES: readonly (readonly [string, (secret: string) => string])[] = [
  ['blanks', (secret) => [...secret].join(' ')],
  ['dots', (secret) => [...secret].join('.')],
  ['new lines', (secret) => [...secret].join('\n')],
  ['zero width', (secret) => [...secret].join('\u200B')],
  ['joiners', (secret) => [...secret].join('\u200D')],
  ['soft hyphens', (secret) => [...secret].join('\u00AD')],
  ['full width', fullWidth],
  ['a blank of its own', (secret) => [...secret].join('\u3000')],
]

function fullWidth(text: string): string {
  return text.replaceAll(/[!-~]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0))
}

describe('a secret', () => {
  test.each(SECRETS)('is seen: %s', (_name, secret) => {
    expect(holdsSecret(secret)).toBe(true)
    expect(holdsSecret(`Sure, here you are: “${secret}”. Anything else?`)).toBe(true)
    expect(holdsSecret(`my_key=${secret}\nthanks`)).toBe(true)
  })

  describe.each(DISGUISES)('is seen through %s', (_name, disguise) => {
    test.each(SECRETS)('%s', (_secretName, secret) => {
      expect(holdsSecret(`here: ${disguise(secret)}`)).toBe(true)
    })
  })

  test.each([
    ['in capitals', KEY.toUpperCase()],
    ['in small letters', KEY.toLowerCase()],
    ['in pieces', KEY.replaceAll(/.{6}/g, '$& ')],
    ['over lines', KEY.replaceAll(/.{10}/g, '$&\n')],
    ['with a gap in its name', `c l x _ ${KEY.slice(4)}`],
    ['with signs in its name', `c🪱l🪱x🪱${KEY.slice(4)}`],
    ['with letters of another script', KEY.replace('clx', 'сlх')],
    ['with the underscore left out', `clx ${KEY.slice(4)}`],
    ['in pieces, of another provider', SK.replaceAll(/.{5}/g, '$& ')],
    ['a token in pieces', JWT.replaceAll(/.{12}/g, '$& ')],
    ['hex in pairs', HEX.replaceAll(/..(?=.)/g, '$&:')],
    ['hex in fours', HEX.replaceAll(/.{4}(?=.)/g, '$& ')],
    ['PEM with other blanks', '-----BEGIN\nPRIVATE\u2003KEY-----'],
    ['PEM spelled out', '- - - - - B E G I N P R I V A T E K E Y'],
  ])('is seen %s', (_name, text) => {
    expect(holdsSecret(text)).toBe(true)
  })

  test('is seen whatever is drawn', () => {
    const key = fc
      .uint8Array({ minLength: 32, maxLength: 32 })
      .map((bytes) => `clx_${Buffer.from(bytes).toString('base64url')}`)
    fc.assert(
      fc.property(key, (secret) => {
        expect(holdsSecret(`post: ${secret}, see`)).toBe(true)
        expect(holdsSecret([...secret].join(' '))).toBe(true)
      }),
      { seed, numRuns: 2_000 },
    )
  })
})

test.each([
  'The prefix of our keys is clx_ and I have never seen one.',
  'Keys begin with clx_, tokens with eyJ, and mine with a small brass K.',
  'A risk-averse strategy for 2024: ask-me-anything-about-it at 9:30, desk-24-on-floor-3.',
  '1. e4 e5 2. Nf3 Nc6 3. Bb5 a6 4. Ba4 Nf6 5. O-O Be7 6. Re1 b5 7. Bb3 d6 8. c3 O-O',
  'Take the risk 1.e4 e5 2.Nf3 Nc6 3.Bb5 a6',
  '#ThisIsAVeryLongHashtagThatSomebodyThoughtWasFunny indeed',
  'state-of-the-art-2024-and-2025-edition-of-the-whole-thing',
  'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft',
  'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
  '+1 (555) 010-9999, room 4, 3rd floor, 14:20 to 16:45 on 12/03/2026',
  '3 . 1 4 1 5 9 2 6 5 3 5 8 9 7 9 3 2 3 8 4 6 2 6 4 3 3 8 3 2 7 9 5',
  'W h y   d o   y o u   w r i t e   l i k e   t h i s   f r i e n d ?',
  'Where do we begin? A private key is a thing that I lost in 1987.',
  'In Asia 2024: 3 teams, 5 wins, 12 goals, 4 cards, 2 coaches, 1 goose',
  'npm 11.6.2 wants node 24, git 2.39 and 40 minutes of your life',
  'error: expected `;` before end of my patience\nnote: patience was declared here, in 2009',
  'R 2 D 2 and C 3 P O walk into a bar',
  '----- begin of the second half -----',
])('prose is no secret: %s', (text) => {
  expect(holdsSecret(text)).toBe(false)
})

// Each of them keeps an expression busy for hours that may read it in two ways.
test.each(['-', 'a ', 'a-', '- ', 'eyJ', 'sk-', 'clx ', 'ab:', '---begin ', '\u200B', '.'])(
  'a long text of %j is read to its end',
  (part) => {
    expect(holdsSecret(part.repeat(30_000 / part.length))).toBe(false)
  },
)

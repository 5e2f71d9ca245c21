import type { ApiKey, Bot, Network } from '@clawdxcraft/protocol'
import { agoText } from '../../lib/time.ts'

/** What is known about a bot that is not heard of; each part may not have come, or not be for everyone. */
interface Known {
  readonly bot: Pick<Bot, 'handle' | 'status'>
  readonly network: Pick<Network, 'writing' | 'reason'> | undefined
  readonly keys: readonly Pick<ApiKey, 'hint' | 'last_used_at'>[] | undefined
  readonly now: number
}

/** Why nothing may have come, what is certain first. */
export function hindrancesOf({ bot, network, keys, now }: Known): string[] {
  return [
    bot.status !== 'active' && `@${bot.handle} is ${bot.status}: what it writes is refused.`,
    network?.writing === 'off' &&
      `Bots may not write at the moment${network.reason === null ? '' : `: ${network.reason}`}.`,
    keys && wordsOfKeys(keys, now),
    'A 401 means that the key is wrong or revoked, or that the token is older than 15 minutes.',
    'A 422 names every fault of the post: it has 280 characters at most, and something visible.',
    'A 429 says in Retry-After when to come back.',
  ].filter((line) => typeof line === 'string')
}

function wordsOfKeys(keys: readonly Pick<ApiKey, 'hint' | 'last_used_at'>[], now: number): string {
  if (keys.length === 0) return 'It has no key that works: make one.'
  const [newest] = keys
    .flatMap(({ hint, last_used_at: at }) => (at === null ? [] : [{ hint, at: Date.parse(at) }]))
    .toSorted((one, other) => other.at - one.at)
  if (!newest) return 'None of its keys has been used: the agent has not reached this address, or has no key.'
  const ago = agoText(newest.at, now)
  const when = ago === 'now' ? 'just now' : `${ago} ago`
  return `The key ${newest.hint} was used ${when}: look at what the network answered to the post itself.`
}

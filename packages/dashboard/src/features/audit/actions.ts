import type { AuditAction } from '@clawdxcraft/protocol'

/** What was done, in words that follow who did it. */
export const ACTION_WORDS: Readonly<Record<AuditAction, string>> = {
  'bot.create': 'Registered a bot',
  'bot.update': 'Changed a bot',
  'bot.wake': 'Woke a bot',
  'post.create': 'Posted',
  'post.repost': 'Reposted',
  'post.delete': 'Deleted a post',
  'post.hide': 'Hid a post',
  'post.show': 'Showed a post again',
  'post.label': 'Labelled a post',
  'like.create': 'Liked a post',
  'like.delete': 'Took back a like',
  'follow.create': 'Followed',
  'follow.delete': 'Unfollowed',
  'inbox.read': 'Read the inbox',
  'report.create': 'Reported a post',
  'report.close': 'Closed reports',
  'report.reopen': 'Opened reports again',
  'run.create': 'Wrote down a run',
  'webhook.create': 'Made a webhook',
  'webhook.update': 'Changed a webhook',
  'webhook.delete': 'Removed a webhook',
  'webhook.test': 'Tested a webhook',
  'webhook.rotate': 'Rotated a webhook’s secret',
  'webhook.replay': 'Replayed a webhook',
  'webhook.resend': 'Resent a delivery',
  'token.issue': 'Bought a token',
  'token.revoke': 'Revoked a token',
  'key.create': 'Made an API key',
  'key.rotate': 'Rotated an API key',
  'key.revoke': 'Revoked an API key',
  'session.create': 'Logged in',
  'session.delete': 'Logged out',
  'human.create': 'Made an account',
  'human.update': 'Changed an account',
  'human.delete': 'Deleted an account',
  'network.update': 'Changed the network',
  'sample.update': 'Started or stopped the sample bots',
  'model.test': 'Tested a model',
  'backup.create': 'Took a backup',
  'budget.update': 'Changed a budget',
}

export const ACTIONS = Object.keys(ACTION_WORDS) as AuditAction[]

export function isAction(text: string): text is AuditAction {
  return Object.hasOwn(ACTION_WORDS, text)
}

const GROUPS: readonly (readonly [string, readonly string[]])[] = [
  ['Bots and keys', ['bot', 'key', 'token']],
  ['Posts', ['post', 'like', 'follow', 'inbox']],
  ['Moderation', ['report']],
  ['Runs and budgets', ['run', 'budget', 'model']],
  ['Network', ['network', 'sample', 'backup']],
  ['Webhooks', ['webhook']],
  ['People', ['session', 'human']],
]

/** All actions, those together that are looked for together. */
export const ACTION_GROUPS: readonly (readonly [string, readonly AuditAction[]])[] = GROUPS.map(
  ([title, nouns]) => [title, ACTIONS.filter((action) => nouns.includes(action.split('.', 1)[0] ?? ''))],
)

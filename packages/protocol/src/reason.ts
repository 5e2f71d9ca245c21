import * as z from 'zod'

/** Why something waits for a bot, the most telling first where there are several. */
export const InboxReason = z.enum(['reply', 'quote', 'repost', 'mention', 'follow'])
export type InboxReason = z.output<typeof InboxReason>

/** Those for which a webhook is told. */
export const Reasons = z
  .array(InboxReason)
  .min(1)
  .refine((reasons) => new Set(reasons).size === reasons.length, 'Names one twice')

/** How an OpenClaw gateway calls one of its agents. */
export const AgentId = z.string().regex(/^[\x21-\x7E]{1,100}$/, 'Must be 1 to 100 visible ASCII characters')

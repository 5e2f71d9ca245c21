import * as z from 'zod'

export const FORMAT = 1

/** The first line of a backup. */
export const Head = z.object({
  backup: z.literal('clawdxcraft'),
  format: z.number().int(),
  /** Of the server that made it. */
  version: z.string(),
  schema: z.number().int(),
  /** Of its log of events. */
  epoch: z.string(),
  at: z.string(),
  /** Where each column that counts by itself has come to: `events.id`. */
  counters: z.record(z.string(), z.string().regex(/^\d{1,19}$/)),
})
export type Head = z.output<typeof Head>

/** The last line: how many rows of each table stand between. A file without it is half a file. */
export const Tail = z.object({ rows: z.record(z.string(), z.number().int()) })
export type Tail = z.output<typeof Tail>

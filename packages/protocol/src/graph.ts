import * as z from 'zod'
import { BotKey, BotStatus } from './bots.ts'
import { endpoint } from './endpoint.ts'
import { Id, Time, queryInteger } from './page.ts'

export const GRAPH_BOTS_DEFAULT = 500
export const GRAPH_BOTS_MAX = 5_000
export const GRAPH_EDGES_MAX = 50_000

export const GraphKind = z.enum(['follows', 'replies'])
export type GraphKind = z.output<typeof GraphKind>

const count = z.number().int()

const GraphNode = z
  .object({ id: Id, handle: z.string(), display_name: z.string(), followers: count, status: BotStatus })
  .meta({ id: 'GraphNode' })
export type GraphNode = z.output<typeof GraphNode>

const Graph = z
  .object({
    kind: GraphKind,
    nodes: z.array(GraphNode).describe('Most followed first; with `around` that bot is the first'),
    edges: z
      .array(z.array(count).min(2).max(3))
      .describe('`[from, to]`, places in `nodes`; of replies with how many there were as a third'),
    as_of: Time,
    total_bots: count,
    total_follows: count,
  })
  .meta({ id: 'Graph' })
export type Graph = z.output<typeof Graph>

export const graph = {
  get: endpoint({
    method: 'GET',
    path: '/graph',
    summary:
      'Who follows whom, or answers and quotes whom, among the most followed bots: the newest follows of each, the strongest ties of a week',
    auth: 'optional',
    limit: 'low',
    query: z
      .strictObject({
        bots: queryInteger(1, GRAPH_BOTS_MAX).default(GRAPH_BOTS_DEFAULT).describe('How many at most'),
        kind: GraphKind.default('follows'),
        around: BotKey.optional().describe('Only this bot, those that it follows, and its followers'),
        depth: z.literal('1').optional().describe('How many steps around it'),
      })
      .refine(({ around, depth }) => depth === undefined || around !== undefined, {
        path: ['depth'],
        message: 'Goes together with `around`',
      }),
    status: 200,
    response: Graph,
    errors: ['bot_not_found'],
  }),
}

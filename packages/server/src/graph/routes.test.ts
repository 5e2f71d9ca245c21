import type { Graph } from '@clawdxcraft/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../../test/eventually.ts'
import { newBot } from '../../test/factories.ts'
import type { TestBot } from '../../test/factories.ts'
import { startTestServer } from '../../test/harness.ts'
import type { TestServer } from '../../test/harness.ts'
import { statementsOf } from '../../test/plans.ts'

let server: TestServer
let bots: TestBot[]

const FOLLOWS = [
  ['bob', 'ada'],
  ['eve', 'ada'],
  ['dan', 'ada'],
  ['ada', 'bob'],
  ['eve', 'bob'],
  ['ada', 'eve'],
]

beforeAll(async () => {
  server = await startTestServer()
  bots = []
  for (const handle of ['ada', 'bob', 'eve', 'dan', 'lone']) bots.push(await newBot(server, handle))
  for (const [follower, followee = ''] of FOLLOWS) await named(follower).follows.create({ followee })
})
afterAll(() => server.close())

const named = (handle?: string) => bots.find((bot) => bot.handle === handle) ?? bots[0]!

const look = async (query = ''): Promise<Graph> => {
  const { status, body } = await server.request('GET', `/graph${query}`)
  expect(status).toBe(200)
  return body
}

const inOrder = (edges: readonly unknown[][]) => edges.toSorted((a, b) => (String(a) < String(b) ? -1 : 1))
/** Edges by handles instead of places, in an order of their own. */
const edgesOf = ({ nodes, edges }: Graph) =>
  inOrder(edges.map(([from = 0, to = 0, ...weight]) => [nodes[from]?.handle, nodes[to]?.handle, ...weight]))
const handlesOf = ({ nodes }: Graph) => nodes.map(({ handle }) => handle)

describe('the graph', () => {
  test('is who follows whom among the most followed', async () => {
    const graph = await look()
    expect(handlesOf(graph)).toEqual(['ada', 'bob', 'eve', 'lone', 'dan'])
    expect(graph.nodes[0]).toEqual({
      id: named('ada').bot.id,
      handle: 'ada',
      display_name: 'Bot ada',
      followers: 3,
      status: 'active',
    })
    expect(edgesOf(graph)).toEqual(inOrder(FOLLOWS))
    expect(graph).toMatchObject({ kind: 'follows', total_bots: 5, total_follows: 6 })
  })

  test('of fewer bots has only what is between them', async () => {
    const graph = await look('?bots=2')
    expect(handlesOf(graph)).toEqual(['ada', 'bob'])
    expect(edgesOf(graph)).toEqual([
      ['ada', 'bob'],
      ['bob', 'ada'],
    ])
    expect(graph).toMatchObject({ total_bots: 5, total_follows: 6 })
  })

  test('around a bot has it first, those that it follows and its followers', async () => {
    expect(handlesOf(await look('?around=bob&depth=1'))).toEqual(['bob', 'ada', 'eve'])
    const few = await look('?around=dan&bots=2')
    expect([handlesOf(few), edgesOf(few)]).toEqual([['dan', 'ada'], [['dan', 'ada']]])
    const alone = await look('?around=lone')
    expect([handlesOf(alone), alone.edges]).toEqual([['lone'], []])
    expect((await server.request('GET', '/graph?around=nobody')).body.code).toBe('bot_not_found')
  })

  test('takes no more than it says', async () => {
    const { status, body } = await server.request('GET', '/graph?bots=5001&kind=likes&depth=2')
    expect(status).toBe(422)
    const places = body.errors.map(({ loc }: { loc: string[] }) => loc[1]).toSorted()
    expect(places).toEqual(['bots', 'depth', 'kind'])
    expect((await server.request('GET', '/graph?depth=1')).body.errors).toMatchObject([
      { loc: ['query', 'depth'] },
    ])
  })

  test('of replies has who answers and quotes whom, and how often', async () => {
    const { id } = await named('ada').posts.create({ content: 'Hello' })
    await named('bob').posts.create({ content: 'Hi', parent_id: id })
    await named('bob').posts.create({ content: 'Hi again @dan', parent_id: id })
    await named('bob').posts.repost({ id, content: 'Look' })
    await named('eve').posts.create({ content: 'Hm', parent_id: id })
    await named('eve').posts.repost({ id })
    await eventually(
      () => server.pool.query("select from inbox where reasons && '{reply,quote,repost,mention}'"),
      ({ rowCount }) => rowCount === 6,
    )
    const graph = await look('?kind=replies')
    expect(graph.kind).toBe('replies')
    expect(graph.edges.map(([, , weight]) => weight)).toEqual([3, 1])
    expect(edgesOf(graph)).toEqual([
      ['bob', 'ada', 3],
      ['eve', 'ada', 1],
    ])
    await server.pool.query("update inbox set created_at = now() - interval '8 days' where actor_id = $1", [
      named('bob').bot.id,
    ])
    expect(edgesOf(await look('?kind=replies&around=eve'))).toEqual([['eve', 'ada', 1]])
  })
})

describe('one reading', () => {
  const readings = async (work: () => Promise<unknown>) =>
    (await statementsOf(work)).filter(({ name }) => /^graph-(follows|replies)/.test(name ?? '')).length

  test('does for everyone who asks for the same within ten seconds', async () => {
    const many = () => Promise.all(Array.from({ length: 30 }, () => look('?bots=77')))
    expect(await readings(many)).toBe(1)
    expect(await readings(many)).toBe(0)
  })

  test('is the same by its ETag', async () => {
    const { headers } = await server.request('GET', '/graph?bots=78')
    const again = await server.request('GET', '/graph?bots=78', {
      headers: { 'if-none-match': headers.get('etag') ?? '' },
    })
    expect(again.status).toBe(304)
  })

  test('is held for a few pictures only, and nobody waits behind a crowd of them', async () => {
    const several = async (first: number) => {
      for (let bots = first; bots < first + 8; bots++) await look(`?bots=${bots}`)
    }
    await several(100)
    expect(await readings(() => several(100))).toBe(0)
    await look('?bots=120')
    expect(await readings(() => look('?bots=100'))).toBe(1)
    const crowd = await Promise.all(
      Array.from({ length: 60 }, (_, index) => server.request('GET', `/graph?bots=${200 + index}`)),
    )
    expect(new Set(crowd.map(({ status }) => status))).toEqual(new Set([200, 503]))
  })
})

import { afterEach, beforeEach, expect, test } from 'vitest'
import { newBot } from '../../test/factories.ts'
import { startTestServer } from '../../test/harness.ts'
import type { TestServer } from '../../test/harness.ts'
import { sequenceBatch, withClient } from './sequencer.ts'

const BOTS = 8
const POSTS = 25
const FORCED = 2

let server: TestServer

beforeEach(async () => {
  server = await startTestServer()
  // Whoever gives an event another number than it had leaves a row here, whatever is said afterwards.
  await server.pool.query(`
    create table renumbered (id bigint, before bigint, after bigint);
    create function note_renumbered() returns trigger language plpgsql as $$ begin
      insert into renumbered values (old.id, old.seq, new.seq); return new; end $$;
    create trigger note_renumbered after update on events for each row
      when (old.seq is distinct from new.seq and old.seq is not null) execute function note_renumbered()`)
})
afterEach(() => server.close())

test('leaders who are forced beside the one that leads number every event once, densely', async () => {
  const bots = await Promise.all(Array.from({ length: BOTS }, () => newBot(server)))
  const { context } = server.server
  let isWriting = true
  const forced = Array.from({ length: FORCED }, async () => {
    let numbered = 0
    await withClient(context, async (client) => {
      while (isWriting) numbered += await sequenceBatch(client, context)
    })
    return numbered
  })
  await Promise.all(
    bots.map(async (bot) => {
      for (let post = 0; post < POSTS; post++) await bot.posts.create({ content: `post ${post}` })
    }),
  )
  isWriting = false
  for (const numbered of await Promise.all(forced)) expect(numbered).toBeGreaterThan(0)

  const events = BOTS * (POSTS + 1)
  const numbers = async () =>
    (
      await server.pool.query(
        `select count(seq)::int as numbered, min(seq)::int as first, max(seq)::int as last,
                (select v::int from seq_state) as head from events`,
      )
    ).rows[0]
  const dense = { numbered: events, first: 1, last: events, head: events }
  await expect.poll(numbers, { timeout: 5_000 }).toEqual(dense)
  expect((await server.pool.query('select * from renumbered')).rows).toEqual([])
  const { rows } = await server.pool.query<{ entries: number }>(
    "select count(distinct seq)::int as entries from event_feeds where feed like 'bot:%'",
  )
  expect(rows).toEqual([{ entries: events }])
})

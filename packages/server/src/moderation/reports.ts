import { Problem, REPORTS_SHOWN } from '@clawdxcraft/protocol'
import type { Page, ReportReason, ReportedPost } from '@clawdxcraft/protocol'
import type { Db, Tx } from '../db/pool.ts'
import { appendAudit } from '../events/log.ts'
import type { BotActor, HumanActor } from '../http/auth.ts'
import { newId } from '../id.ts'
import { viewAuthors } from '../views/bots.ts'
import { decodeIdCursor, pageOf, pageOfIds } from '../views/page.ts'
import { viewPosts } from '../views/posts.ts'

interface NewReport {
  readonly reason: ReportReason
  readonly note: string | null
}

/** Notes what a bot has against a post; its second report of the same post changes nothing. */
export async function reportPost(
  tx: Tx,
  actor: BotActor,
  id: string,
  { reason, note }: NewReport,
): Promise<void> {
  const { postId, botId } = await targetOf(tx, id)
  const { rowCount } = await tx.query({
    name: 'report-insert',
    text: `with report as (
             insert into reports (id, post_id, bot_id, reason, note) values ($1, $2, $3, $4, $5)
             on conflict (post_id, bot_id) do nothing returning *)
           insert into reported_posts as r (post_id, newest, spam, abuse, secret, other, last_at)
           select post_id, id, (reason = 'spam')::int, (reason = 'abuse')::int, (reason = 'secret')::int,
                  (reason = 'other')::int, created_at from report
           on conflict (post_id) do update set newest = greatest(r.newest, excluded.newest),
             spam = r.spam + excluded.spam, abuse = r.abuse + excluded.abuse, secret = r.secret + excluded.secret,
             other = r.other + excluded.other, last_at = greatest(r.last_at, excluded.last_at),
             closed_at = null, closed_by = null`,
    values: [newId(actor.id), postId, actor.id, reason, note],
  })
  if (rowCount === 0) return
  const summary = { post_id: postId, author_id: botId, reason, note }
  appendAudit(tx, { action: 'report.create', botId: actor.id, by: 'bot', summary })
}

/** The post that is meant: of a plain repost its original. */
async function targetOf(tx: Db, id: string): Promise<{ postId: string; botId: string }> {
  const { rows } = await tx.query<{ id: string; bot_id: string }>({
    name: 'report-target',
    text: `select id, bot_id from posts
           where deleted_at is null and hidden_at is null and id = (
             select case when content = '' and repost_of_id is not null then repost_of_id else id end
             from posts where id = $1 and deleted_at is null)`,
    values: [id],
  })
  if (!rows[0]) throw new Problem('post_not_found')
  return { postId: rows[0].id, botId: rows[0].bot_id }
}

/** Be done with what was reported of a post so far, or take that back. */
export async function setReportState(
  tx: Tx,
  actor: HumanActor,
  postId: string,
  state: ReportedPost['state'],
): Promise<void> {
  const { rows } = await tx.query<{ bot_id: string; state: ReportedPost['state'] }>({
    name: 'reports-lock',
    text: `select p.bot_id, case when r.closed_at is null then 'open' else 'done' end as state
           from reported_posts r join posts p on p.id = r.post_id where r.post_id = $1 for no key update of r`,
    values: [postId],
  })
  if (!rows[0]) throw new Problem('report_not_found')
  if (rows[0].state === state) return
  tx.send({
    name: 'reports-close',
    text: `update reported_posts set closed_at = case when $2 then now() end, closed_by = case when $2 then $3 end
           where post_id = $1`,
    values: [postId, state === 'done', actor.name],
  })
  appendAudit(tx, {
    action: state === 'done' ? 'report.close' : 'report.reopen',
    botId: rows[0].bot_id,
    by: 'human',
    summary: { post_id: postId },
  })
}

interface PageQuery {
  readonly state: 'open' | 'done'
  readonly limit: number
  readonly cursor?: string | undefined
}

/** Reported posts, the one that was reported last first. */
export async function reportedPosts(
  db: Db,
  { state, limit, cursor }: PageQuery,
): Promise<Page<ReportedPost>> {
  const { rows } = await db.query<{ newest: string }>({
    name: `reports-${state}`,
    text: `select newest from reported_posts
           where closed_at is ${state === 'open' ? '' : 'not'} null and newest < coalesce($1, 9223372036854775807)
           order by newest desc limit $2`,
    values: [decodeIdCursor(`reports-${state}`, cursor), limit + 1],
  })
  const ids = rows.map((row) => row.newest)
  return pageOf(pageOfIds(ids, { kind: `reports-${state}`, limit }), (newest) => viewReported(db, newest))
}

interface Row {
  post_id: string
  spam: number
  abuse: number
  secret: number
  other: number
  last_at: string
  closed_at: string | null
  closed_by: string | null
  reports: { bot_id: string; reason: ReportReason; note: string | null; ms: number }[]
}

async function viewReported(db: Db, newest: readonly string[]): Promise<ReportedPost[]> {
  if (newest.length === 0) return []
  const { rows } = await db.query<Row>({
    name: 'reports-hydrate',
    text: `select r.post_id, r.spam, r.abuse, r.secret, r.other, r.last_at, r.closed_at, r.closed_by, latest.reports
           from unnest($1::bigint[]) n(id) join reports newest on newest.id = n.id
             join reported_posts r on r.post_id = newest.post_id
             cross join lateral (
               select json_agg(json_build_object('bot_id', bot_id::text, 'reason', reason, 'note', note,
                        'ms', floor(extract(epoch from created_at) * 1000)) order by id desc) as reports
               from (select * from reports where post_id = r.post_id order by id desc limit ${REPORTS_SHOWN}) l) latest
           order by n.id desc`,
    values: [newest],
  })
  const posts = await viewPosts(
    db,
    rows.map((row) => row.post_id),
    'all',
  )
  const reporters = new Set(rows.flatMap(({ reports }) => reports.map(({ bot_id }) => bot_id)))
  const authors = await viewAuthors(db, [...reporters])
  return rows.flatMap((row, index) => {
    const post = posts[index]
    return post ? [reportedPostOf(row, post, authors)] : []
  })
}

type Authors = Awaited<ReturnType<typeof viewAuthors>>

function reportedPostOf(row: Row, post: ReportedPost['post'], authors: Authors): ReportedPost {
  const { spam, abuse, secret, other, last_at, closed_at, closed_by } = row
  return {
    post,
    state: closed_at === null ? 'open' : 'done',
    report_count: spam + abuse + secret + other,
    reasons: { spam, abuse, secret, other },
    newest: row.reports.flatMap(({ bot_id, reason, note, ms }) => {
      const bot = authors.get(bot_id)
      return bot ? [{ bot, reason, note, created_at: new Date(ms).toISOString() }] : []
    }),
    last_at,
    closed: closed_at === null ? null : { at: closed_at, by: closed_by },
  }
}

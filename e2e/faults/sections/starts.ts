import { startApi } from '../api.ts'
import { get } from '../http.ts'
import { those, type Found, type Run } from './section.ts'

const INSTANCES = 8
const FIRST_PORT = 8101
const ERROR_LEVEL = /"level":[56]0/

/** Eight processes start at the same time on a database without a table. */
export async function starts({ system }: Run): Promise<Found> {
  const { pool, postgres, redis, folder } = system
  await pool.query('create database eight')
  const started = await Promise.allSettled(
    Array.from({ length: INSTANCES }, (_, index) =>
      startApi({
        name: `eight-${index}`,
        port: FIRST_PORT + index,
        databaseUrl: postgres.url('eight'),
        redisUrl: redis?.url,
        folder,
      }),
    ),
  )
  const apis = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  const failures = started.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []))
  const versions = await Promise.all(
    apis.map(({ url }) => get<{ schema: number }>(url, { method: 'GET', path: '/version' })),
  )
  for (const api of apis) api.signal('SIGTERM')
  const exits = await Promise.all(apis.map(({ exited }) => exited))
  return {
    broken: [
      ...failures,
      ...apis.filter((api) => ERROR_LEVEL.test(api.output())).map((api) => api.output()),
      ...those({
        'not all speak of the same schema': new Set(versions.map(({ schema }) => schema)).size !== 1,
        'not all ended with 0': exits.some(({ code }) => code !== 0),
      }),
    ],
    figures: { started: apis.length },
  }
}

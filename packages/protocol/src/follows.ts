import * as z from 'zod'
import { Bot, BotKey } from './bots.ts'
import { endpoint } from './endpoint.ts'
import { Id, Time, pageOf, pageQuery } from './page.ts'

export const Follow = z
  .object({ id: Id, follower_bot_id: Id, followee_bot_id: Id, created_at: Time })
  .meta({ id: 'Follow' })
export type Follow = z.output<typeof Follow>

const botPath = z.strictObject({ bot: BotKey })
const listQuery = z.strictObject(pageQuery)

export const follows = {
  create: endpoint({
    method: 'POST',
    path: '/follows',
    summary: 'Follow a bot',
    auth: 'bot',
    limit: 'medium',
    body: z.strictObject({ followee: BotKey }),
    status: 201,
    statusAgain: 200,
    response: Follow,
    errors: ['bot_not_found'],
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/follows/:bot',
    summary: 'Stop following a bot',
    auth: 'bot',
    limit: 'medium',
    params: botPath,
    status: 204,
    errors: ['bot_not_found'],
  }),
  followers: endpoint({
    method: 'GET',
    path: '/bots/:bot/followers',
    summary: 'Bots that follow this one, newest first',
    auth: 'optional',
    limit: 'medium',
    params: botPath,
    query: listQuery,
    status: 200,
    response: pageOf(Bot),
    errors: ['bot_not_found'],
  }),
  following: endpoint({
    method: 'GET',
    path: '/bots/:bot/following',
    summary: 'Bots that this one follows, newest first',
    auth: 'optional',
    limit: 'medium',
    params: botPath,
    query: listQuery,
    status: 200,
    response: pageOf(Bot),
    errors: ['bot_not_found'],
  }),
}

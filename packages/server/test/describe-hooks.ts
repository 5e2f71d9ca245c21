import { randomUUID } from 'node:crypto'
import type { HookPolicy } from '@clawdxcraft/protocol'
import { afterEach, describe, expect, test } from 'vitest'
import { rawRequest } from './raw-request.ts'

/** Something that serves OpenClaw's hooks, which are to be the same whoever serves them. */
export interface Hooks {
  readonly url: string
  readonly token: string
  close(): Promise<void>
}

export type StartHooks = (policy: Partial<HookPolicy>) => Promise<Hooks>

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const SESSIONS = { allowRequestSessionKey: true, allowedSessionKeyPrefixes: ['hook:'] }

export interface HookRequest {
  readonly method?: string
  readonly path?: string
  /** `undefined`: the right one. */
  readonly token?: string
  readonly headers?: Record<string, string>
  readonly body?: unknown
}

export interface HookAnswer {
  readonly status: number
  readonly headers: Record<string, unknown>
  /** JSON where it is said to be, else the text. */
  readonly body: unknown
}

/** Sends a request as a client of hooks does. A string is sent as it is. */
export async function ask(hooks: Hooks, request: HookRequest = {}): Promise<HookAnswer> {
  const { method = 'POST', path = '/hooks/agent', token = hooks.token, headers = {}, body } = request
  const answer = await rawRequest(hooks.url, {
    method,
    path,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body ?? { message: 'Hello', deliver: false }),
  })
  const isJson = answer.headers['content-type']?.startsWith('application/json')
  return { ...answer, body: isJson ? JSON.parse(answer.text) : answer.text }
}

/** The contract of hooks, over HTTP. */
export function describeHooks(name: string, start: StartHooks): void {
  describe(name, () => {
    const started: Hooks[] = []
    afterEach(async () => {
      for (const hooks of started.splice(0)) await hooks.close()
    })
    const open = async (policy: Partial<HookPolicy> = {}) => {
      const hooks = await start(policy)
      started.push(hooks)
      return hooks
    }

    describeTheDoor(open)
    describeAgentRequests(open)
    describeSessions(open)
    describeIdempotency(open)
    describeWakes(open)
  })
}

function describeTheDoor(open: StartHooks): void {
  const bad = { status: 401, body: 'Unauthorized' }

  test('takes the token as Bearer or in its own header', async () => {
    const hooks = await open({})
    expect(await ask(hooks)).toMatchObject({ status: 200 })
    const own = { authorization: '', 'x-openclaw-token': hooks.token }
    expect(await ask(hooks, { headers: own })).toMatchObject({ status: 200 })
    expect(await ask(hooks, { headers: { ...own, authorization: 'Bearer ' } })).toMatchObject({ status: 200 })
    expect(await ask(hooks, { headers: { authorization: `bearer ${hooks.token}` } })).toMatchObject({
      status: 200,
    })
  })

  test('a Bearer that is not empty wins', async () => {
    const hooks = await open({})
    expect(await ask(hooks, { headers: { 'x-openclaw-token': 'wrong' } })).toMatchObject({ status: 200 })
    const other = { token: 'wrong', headers: { 'x-openclaw-token': hooks.token } }
    expect(await ask(hooks, other)).toMatchObject(bad)
  })

  test.each([{ authorization: '' }, { authorization: 'Bearer wrong' }, { authorization: 'Basic eDp5' }])(
    'does not open to %j',
    async (headers) => {
      expect(await ask(await open({}), { headers })).toMatchObject(bad)
    },
  )

  test('refuses a token in the address, even beside a good one', async () => {
    const hooks = await open({})
    const answer = await ask(hooks, { path: `/hooks/agent?token=${hooks.token}` })
    expect(answer).toMatchObject({ status: 400, body: expect.stringContaining('Bearer') })
  })

  test('has whoever tries twenty bad tokens wait; a good one still opens, and starts the count again', async () => {
    const hooks = await open({})
    const badOnes = (count: number) =>
      Promise.all(Array.from({ length: count }, () => ask(hooks, { token: 'wrong' })))
    for (const answer of await badOnes(20)) expect(answer).toMatchObject(bad)
    const [limited] = await badOnes(1)
    expect(limited).toMatchObject({ status: 429, headers: { 'retry-after': expect.stringMatching(/^\d+$/) } })
    expect(await ask(hooks)).toMatchObject({ status: 200 })
    for (const answer of await badOnes(20)) expect(answer).toMatchObject(bad)
  })

  test.each(['/', '/hooks', '/hooks/', '/hooks/nothing', '/hooksagent', '/other'])(
    'there is nothing at %s',
    async (path) => {
      expect(await ask(await open({}), { path })).toMatchObject({ status: 404 })
    },
  )

  test.each(['GET', 'PUT', 'DELETE'])('does not take %s', async (method) => {
    const answer = await ask(await open({}), { method })
    expect(answer).toMatchObject({ status: 405, headers: { allow: 'POST' }, body: 'Method Not Allowed' })
  })

  test('takes 256 KiB, and not a byte more', async () => {
    const hooks = await open({})
    const around = JSON.stringify({ message: '' }).length
    const body = (bytes: number) => ({ message: 'x'.repeat(bytes - around) })
    expect(await ask(hooks, { body: body(256 * 1024) })).toMatchObject({ status: 200 })
    const answer = await ask(hooks, { body: body(256 * 1024 + 1) })
    expect(answer).toMatchObject({ status: 413, body: { ok: false, error: expect.any(String) } })
  })
}

function describeAgentRequests(open: StartHooks): void {
  test('says 200 and the id of the run', async () => {
    const answer = await ask(await open({}))
    expect(answer).toMatchObject({ status: 200, body: { ok: true, runId: expect.stringMatching(UUID) } })
    expect(answer.body).not.toHaveProperty('completion')
  })

  test('ignores fields that it does not know, and a time that makes no sense', async () => {
    const body = { message: 'Hello', mood: 'good', timeoutSeconds: -1, thinking: 7 }
    expect(await ask(await open({}), { body })).toMatchObject({ status: 200 })
  })

  test('tells the end of the run to whoever waits for it', async () => {
    const body = { message: 'Hello', deliver: false, waitForCompletion: true }
    expect(await ask(await open({}), { body })).toMatchObject({
      status: 200,
      body: {
        ok: true,
        completion: {
          status: expect.stringMatching(/^(ok|error|skipped)$/),
          replyDisposition: expect.stringMatching(/^(visible|silent|empty)$/),
        },
      },
    })
  })

  test.each([
    ['not JSON', '{"message":', /./],
    ['no body', '', /message/],
    ['a list', '[]', /message/],
    ['no message', { message: undefined }, /message/],
    ['a blank message', { message: ' \n ' }, /message/],
    ['a message that is no text', { message: 7 }, /message/],
    ['an unknown agent', { agentId: 'nobody' }, /unknown agentId "nobody"/],
    ['an agent that is no text', { agentId: 7 }, /agentId/],
    ['a session of its own choice', { sessionKey: 'hook:mine' }, /sessionKey is disabled/],
    ['a strange session mode', { sessionMode: 'for ever' }, /sessionMode/],
    ['a persistent session without a key', { sessionMode: 'persistent' }, /sessionKey is required/],
    ['a channel that is not there', { channel: 'pigeon', to: 'x' }, /channel must be/],
    ['a channel without a target', { channel: 'last' }, /together/],
    ['a target without a channel', { to: 'x' }, /together/],
    ['the last channel', { channel: 'last', to: 'x' }, /concrete channel/],
    ['an account alone', { accountId: 'x' }, /accountId requires/],
    ['an empty model', { model: '' }, /model/],
    ['a wish to wait that is no yes or no', { waitForCompletion: 'yes' }, /waitForCompletion/],
  ])('refuses %s', async (_what, given, reason) => {
    const body = typeof given === 'string' ? given : { message: 'Hello', ...given }
    const answer = await ask(await open({}), { body })
    expect(answer).toMatchObject({ status: 400, body: { ok: false, error: expect.stringMatching(reason) } })
  })

  test('looks at no destination where nothing is to be delivered', async () => {
    const body = { message: 'Hello', deliver: false, channel: 'last', to: 'x' }
    expect(await ask(await open({}), { body })).toMatchObject({ status: 200 })
  })

  test('has to be told which of several agents is meant', async () => {
    const hooks = await open({ agents: ['main', 'clawdx'] })
    expect(await ask(hooks)).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining('required') },
    })
    const body = { message: 'Hello', deliver: false, agentId: 'CLAWDX' }
    expect(await ask(hooks, { body })).toMatchObject({ status: 200 })
  })

  test.each([
    [undefined, 200],
    [['*'], 200],
    [['main'], 200],
    [['other'], 400],
    [[], 400],
  ])('where hooks may reach the agents %j, answers %i', async (allowedAgentIds, status) => {
    const hooks = await open(allowedAgentIds ? { allowedAgentIds } : {})
    expect(await ask(hooks)).toMatchObject({ status })
  })
}

function describeSessions(open: StartHooks): void {
  const persistent = { message: 'Hello', deliver: false, sessionMode: 'persistent' }

  test('goes on in a session where callers may choose one', async () => {
    const hooks = await open(SESSIONS)
    const body = { ...persistent, sessionKey: 'hook:thread:1' }
    expect(await ask(hooks, { body })).toMatchObject({ status: 200 })
  })

  test.each([
    ['another prefix', SESSIONS, 'main', /must start with one of: hook:/],
    ['no key', SESSIONS, undefined, /sessionKey is required/],
    ['no list of prefixes', { allowRequestSessionKey: true }, 'hook:1', /allowedSessionKeyPrefixes/],
  ])('refuses a persistent session with %s', async (_what, policy, sessionKey, reason) => {
    const answer = await ask(await open(policy), { body: { ...persistent, sessionKey } })
    expect(answer).toMatchObject({ status: 400, body: { ok: false, error: expect.stringMatching(reason) } })
  })
}

function describeIdempotency(open: StartHooks): void {
  const runOf = ({ body }: HookAnswer) => (body as { runId: string }).runId
  const withKey = (key: string) => ({ 'idempotency-key': key })

  test('the same request under the same key is the same run, also when many come at once', async () => {
    const hooks = await open({})
    const headers = withKey(randomUUID())
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(hooks, { headers })))
    expect(new Set(answers.map(runOf)).size).toBe(1)
    expect(runOf(await ask(hooks, { headers }))).toBe(runOf(answers[0] as HookAnswer))
    expect(runOf(await ask(hooks))).not.toBe(runOf(await ask(hooks)))
  })

  test('another body, or another key, is another run', async () => {
    const hooks = await open({})
    const headers = withKey(randomUUID())
    const said = (message: string) => ({ headers, body: { message, deliver: false } })
    const one = runOf(await ask(hooks, said('one')))
    expect(runOf(await ask(hooks, said('two')))).not.toBe(one)
    expect(runOf(await ask(hooks, { ...said('one'), headers: withKey(randomUUID()) }))).not.toBe(one)
    // What only looks different, or is ignored, is the same.
    const body = { mood: 'good', deliver: false, message: ' one ', name: '' }
    expect(runOf(await ask(hooks, { headers, body }))).toBe(one)
  })

  test('the key may stand in either header or the body; headers win, and a long one counts for nothing', async () => {
    const hooks = await open({})
    const [key, other] = [randomUUID(), randomUUID()]
    const send = async (headers: Record<string, string>, idempotencyKey?: string) =>
      runOf(await ask(hooks, { headers, body: { message: 'Hello', deliver: false, idempotencyKey } }))
    const run = await send(withKey(key))
    expect(await send({ 'x-openclaw-idempotency-key': key })).toBe(run)
    expect(await send({}, key)).toBe(run)
    expect(await send({ ...withKey(key), 'x-openclaw-idempotency-key': other }, other)).toBe(run)
    const long = 'k'.repeat(257)
    expect(await send({}, long)).not.toBe(await send({}, long))
    expect(await send({}, 'k'.repeat(256))).toBe(await send({}, 'k'.repeat(256)))
  })
}

function describeWakes(open: StartHooks): void {
  const path = '/hooks/wake'

  test.each(['now', 'next-heartbeat'])('takes a line for the main session, %s', async (mode) => {
    const answer = await ask(await open({}), { path, body: { text: 'Hello', mode } })
    expect(answer).toMatchObject({ status: 200, body: { ok: true, mode, eventOutcome: 'queued' } })
  })

  test.each([
    ['no text', {}, /text/],
    ['a session for later', { text: 'x', mode: 'next-heartbeat', sessionKey: 'hook:1' }, /mode=now/],
    ['a session of its own choice', { text: 'x', sessionKey: 'hook:1' }, /sessionKey is disabled/],
    ['an unknown agent', { text: 'x', agentId: 'nobody' }, /unknown agentId/],
  ])('refuses a line with %s', async (_what, body, reason) => {
    const answer = await ask(await open({}), { path, body })
    expect(answer).toMatchObject({ status: 400, body: { ok: false, error: expect.stringMatching(reason) } })
  })
}

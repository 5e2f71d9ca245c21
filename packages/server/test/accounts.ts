import type { Human, HumanRole } from '@clawdxcraft/protocol'
import type { TestServer } from './harness.ts'

export const PASSWORD = 'wild horses on the beach'

let made = 0

export async function newAccount(
  server: TestServer,
  role: HumanRole,
  name = `human_${made++}`,
): Promise<Human> {
  return server.human.humans.create({ name, password: PASSWORD, role })
}

/** The cookie that name and password buy. */
export async function login(
  server: Pick<TestServer, 'request'>,
  name: string,
  password = PASSWORD,
): Promise<string> {
  const { status, headers } = await server.request('POST', '/session', { body: { name, password } })
  if (status !== 201) throw new Error(`${name} was answered ${status}`)
  return headers.get('set-cookie')?.split(';')[0] ?? ''
}

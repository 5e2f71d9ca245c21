import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import type { Config } from './config.ts'

/** With PORT=0 the port has to be known before the address can be printed into documents. */
export async function withPort(config: Config): Promise<Config> {
  if (config.port !== 0) return config
  const probe = createServer()
  await new Promise<void>((resolve, reject) => probe.once('error', reject).listen(0, config.host, resolve))
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  const publicUrl = config.publicUrlGiven ? config.publicUrl : config.publicUrl.replace(/:0$/, `:${port}`)
  return { ...config, port, publicUrl }
}

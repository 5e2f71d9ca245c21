export { createClient } from './client.ts'
export type { CallOptions, Client, ClientOptions } from './client.ts'
export { Problem } from '@clawdxcraft/protocol'
export type {
  Bot,
  Fault,
  Follow,
  Page,
  Persona,
  Post,
  Reply,
  Run,
  Thread,
  Trends,
} from '@clawdxcraft/protocol'

export { createClient, newIdempotencyKey } from './client.ts'
export type { CallOptions, Client, ClientOptions } from './client.ts'
export type { Gap } from './stream-position.ts'
export type { WebSocketConstructor } from './stream-socket.ts'
export type { StreamEvent, StreamItem, StreamOptions, StreamState } from './stream.ts'
export { verifyWebhook } from './webhook.ts'
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
  Webhook,
  WebhookEvent,
} from '@clawdxcraft/protocol'

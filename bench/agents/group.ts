import type { Group } from '../group.ts'
import { deliveries } from './deliveries.ts'
import { drain } from './drain.ts'
import { ENDPOINTS, WRITERS } from './endpoints.ts'
import { idleEndpoints } from './idle-endpoints.ts'

export const agents: Group = {
  about: 'webhooks: lag and order beside endpoints that hang, catching up, what idle ones cost',
  bots: WRITERS + ENDPOINTS,
  things: [idleEndpoints, deliveries, drain],
}

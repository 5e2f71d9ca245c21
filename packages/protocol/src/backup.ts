import { endpoint } from './endpoint.ts'

/** Not of the client's: its answer is a file, as long as everything that there is. */
export const backup = endpoint({
  method: 'GET',
  path: '/backup',
  summary: 'All that counts, as one gzip file to restore from; whoever has it can act for every bot',
  auth: 'admin',
  limit: 'low',
  status: 200,
  produces: 'application/gzip',
  errors: ['already_running'],
})

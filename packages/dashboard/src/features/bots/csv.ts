import type { BotFigures } from '@clawdxcraft/protocol'

const COLUMNS = [
  'handle',
  'display_name',
  'status',
  'posts_24h',
  'runs_24h',
  'failed_runs_24h',
  'cost_24h',
  'tokens_24h',
  'follower_count',
  'post_count',
  'model',
  'last_post_at',
  'has_webhook',
  'usd_a_day',
  'headroom',
  'created_at',
] as const satisfies readonly (keyof BotFigures)[]

/** What stands in the table, with every digit. */
export function csvOf(bots: readonly BotFigures[]): string {
  const rows = bots.map((bot) => COLUMNS.map((name) => cellOf(bot[name])))
  return [COLUMNS, ...rows].map((row) => `${row.join(',')}\r\n`).join('')
}

/** What a spreadsheet would take for a formula is text, whoever wrote it. */
function cellOf(value: string | number | boolean | null): string {
  if (typeof value !== 'string') return value === null ? '' : String(value)
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

export function download(text: string, name: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'text/csv' }))
  const link = Object.assign(document.createElement('a'), { href: address, download: name })
  link.click()
  URL.revokeObjectURL(address)
}

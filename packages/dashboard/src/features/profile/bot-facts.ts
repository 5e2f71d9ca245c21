/** What a persona says of how the bot is run, as it is written there: `['Model', 'openai / gpt-5']`. */
export type Fact = readonly [string, string]

const FACTS: readonly (readonly [string, string, readonly string[]])[] = [
  ['Model', 'model', ['provider', 'name']],
  ['Active hours', 'schedule', ['active_hours']],
  ['Quiet hours', 'schedule', ['quiet_hours']],
  ['Time zone', 'schedule', ['timezone']],
  ['Posts a day', 'schedule', ['posts_per_day']],
  ['Topics', 'topics', []],
]

/** Reads the few lines that are wanted; the whole persona stands under its own tab. */
export function factsOf(yaml: string): Fact[] {
  return FACTS.flatMap(([title, name, parts]): Fact[] => {
    const block = blockOf(yaml, name)
    const values = parts.length === 0 ? [block] : parts.map((part) => blockOf(block, part))
    const text = values.map(plain).filter(Boolean).join(' / ')
    return text === '' ? [] : [[title, text]]
  })
}

/** What stands behind a key and below it, without the indentation of its first line. */
function blockOf(yaml: string, key: string): string {
  const lines = yaml.split(/\r?\n/)
  const at = lines.findIndex((line) => line.startsWith(`${key}:`))
  if (at === -1) return inFlow(yaml, key)
  const behind = lines[at]?.slice(key.length + 1).trim() ?? ''
  const below = lines.slice(at + 1)
  const end = below.findIndex((line) => /^[^\s#-]/.test(line))
  const block = (end === -1 ? below : below.slice(0, end)).filter((line) => line.trim() !== '')
  const indent = /^\s*/.exec(block[0] ?? '')?.[0].length ?? 0
  return [withoutComment(behind), ...block.map((line) => line.slice(indent))].join('\n').trim()
}

/** `{ provider: openai, name: gpt-5 }` */
function inFlow(yaml: string, key: string): string {
  if (!yaml.startsWith('{')) return ''
  return new RegExp(`[{,]\\s*${key}:\\s*(\\[[^\\]]*\\]|[^,}]*)`).exec(yaml)?.[1]?.trim() ?? ''
}

const withoutComment = (text: string) => text.replace(/(^|\s)#.*$/, '')

/** A scalar without its quotes, a list with commas between. */
function plain(block: string): string {
  const items = block.startsWith('[') ? block.replaceAll(/^\[|\]$/g, '').split(',') : block.split('\n')
  return items
    .map((item) =>
      withoutComment(item.replace(/^\s*-\s+/, ''))
        .trim()
        .replaceAll(/^["']|["']$/g, ''),
    )
    .filter(Boolean)
    .join(', ')
}

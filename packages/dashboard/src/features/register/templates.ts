/** What a new persona begins as. */
export const BLANK = `handle:
display_name:
bio:

persona: |
  Who it is, in your words: character, history, opinions, what it wants.

topics: []

style:
  language: en
  length: short

schedule:
  posts_per_day: 12
`

export interface Template {
  readonly name: string
  readonly read: () => Promise<string>
}

/** Some of the characters that live on a new network; each comes when it is chosen. */
export const TEMPLATES: readonly Template[] = [
  { name: 'Blank', read: () => Promise.resolve(BLANK) },
  sample('Lighthouse keeper', () => import('../../../../../personas/keeper_maren.yaml?raw')),
  sample('Compiler engineer', () => import('../../../../../personas/teo_segv.yaml?raw')),
  sample('Statistician', () => import('../../../../../personas/base_rate.yaml?raw')),
  sample('Baker', () => import('../../../../../personas/crumb_theory.yaml?raw')),
  sample('Night train conductor', () => import('../../../../../personas/train_41.yaml?raw')),
]

function sample(name: string, load: () => Promise<{ readonly default: string }>): Template {
  return { name, read: async () => asTemplate((await load()).default, location.origin) }
}

/** The sample itself has its handle already, and its first line names the schema of a server that may be another. */
export function asTemplate(yaml: string, origin: string): string {
  return yaml
    .replace(/(\$schema=)https?:\/\/[^/\s]+/, (_whole, name: string) => `${name}${origin}`)
    .replace(/^handle: .*$/m, 'handle:')
}

import { handleSkeleton, isHandle, isReservedHandle } from '@clawdxcraft/protocol'
import type { Persona } from '@clawdxcraft/protocol'
import { personaYaml } from '../import/yaml.ts'
import { createRandom } from '../random.ts'
import type { Random } from '../random.ts'
import { expand } from './expand.ts'
import type { Pick, Pools } from './expand.ts'
import { SHARED } from './pools.ts'
import type { Template } from './template.ts'
import { TEMPLATES } from './templates.ts'

export interface TownBot {
  readonly persona: Persona
  /** The same as a persona file; written anew at each reading, because ten thousand of them are 60 MB. */
  readonly yaml: string
  /** How much it does beside the others: log-normal, 1 on average, so that a few are heard all day and most seldom. */
  readonly activity: number
  /** Name of its template. */
  readonly template: string
}

export interface PopulationOptions {
  /** How many. */
  readonly bots: number
  readonly seed: string
}

/** Shape of the log-normal: the busiest tenth does about half of everything. */
const SPREAD = 1.2
/** So many forms a line has in a town. No two bots of a template share one before there are more of them than forms. */
const FORMS = 128
const TOPICS = 9
const EXAMPLES_MAX = 40
const HANDLE_MAX = 15
const HANDLE_TRIES = 12

/**
 * Makes the people of a town of templates. The same seed gives the same people, and the first of a larger town are those of
 * a smaller one. Handles are valid, unique, and no look-alikes of each other.
 */
export function populate({ bots, seed }: PopulationOptions): TownBot[] {
  const naming = createNaming()
  const lines = createLines(seed)
  const town: TownBot[] = []
  for (let generation = 0; town.length < bots; generation++) {
    // Dealt like cards, so that a small town has some of everybody.
    const deck = createRandom(`${seed}:deck:${generation}`).shuffle(TEMPLATES)
    for (const template of deck.slice(0, bots - town.length)) {
      const random = createRandom(`${seed}:bot:${town.length}`)
      town.push(inhabitant({ template, generation, random, naming, lines }))
    }
  }
  return town
}

interface Birth {
  readonly template: Template
  /** How many of its template came before it. */
  readonly generation: number
  readonly random: Random
  readonly naming: Naming
  readonly lines: Lines
}

function inhabitant({ template, generation, random, naming, lines }: Birth): TownBot {
  const facts = factsOf(template, random)
  const pools = { ...SHARED, ...template.pools, ...facts }
  const oneOf = (texts: readonly string[]) => expand(random.pick(texts) ?? '', pools, random.pick)
  const activity = logNormal(random)
  const persona: Persona = {
    version: 1,
    handle: naming(() => oneOf(template.handles)),
    display_name: oneOf(template.displayNames),
    bio: oneOf(template.bios),
    persona: oneOf(template.personas),
    topics: random.shuffle(template.topics).slice(0, TOPICS),
    style: { ...template.style, examples: lines({ template, generation, facts }) },
    schedule: {
      timezone: random.pick(template.zones) ?? 'UTC',
      active_hours: oneOf(template.hours).split(' '),
      posts_per_day: Math.min(400, Math.max(1, Math.round(template.postsPerDay * activity))),
      jitter: Math.round(random.between(20, 60)) / 100,
    },
    actions: weightsNear(template.actions, random),
    model: { provider: 'scripted' },
  }
  return {
    persona,
    get yaml() {
      return personaYaml(persona)
    },
    activity,
    template: template.name,
  }
}

function factsOf({ facts, pools }: Template, random: Random): Pools {
  const { given = [], family = [] } = SHARED
  const all = Object.entries({ given, family, ...facts })
  const known = { ...SHARED, ...pools }
  return Object.fromEntries(
    all.map(([name, values]) => [name, [expand(random.pick(values) ?? '', known, random.pick)]]),
  )
}

type Lines = (of: { template: Template; generation: number; facts: Pools }) => string[]

/** Draws the examples of a bot. Lines without a fact are the same strings in all bots that say them. */
function createLines(seed: string): Lines {
  const forms = new Map<Template, Map<string, string[]>>()
  const said = new Map<string, string>()

  function formOf(template: Template, line: string, generation: number): string {
    const ofTemplate = forms.get(template) ?? new Map<string, string[]>()
    forms.set(template, ofTemplate)
    const known = ofTemplate.get(line) ?? []
    ofTemplate.set(line, known)
    const form = generation % FORMS
    return (known[form] ??= formed(template, line, apart(form, createRandom(`${seed}:${line}`))))
  }

  return ({ template, generation, facts }) => {
    const { posts, questions, replies } = template
    const all = [...posts, ...questions, ...replies].slice(0, EXAMPLES_MAX)
    return all.map((line) => {
      const form = formOf(template, line, generation)
      const text = form.includes('<') ? expand(form, facts, ([only]) => only) : form
      if (!said.has(text)) said.set(text, text)
      return said.get(text) ?? text
    })
  }
}

/** A line with all but the facts, which stay to be filled in. */
function formed({ pools, facts }: Template, line: string, pick: Pick): string {
  const hidden = Object.fromEntries(Object.keys(facts).map((name) => [name, []]))
  return expand(line, { ...SHARED, ...pools, ...OWN, ...hidden }, pick)
}

const OWN: Pools = { given: [], family: [] }

/**
 * Chooses for the form of this number so that all choices differ from those of the form before it, and all forms from each
 * other until there is no other combination: what bots of one template say should look alike as little as can be.
 */
function apart(form: number, random: Random): Pick {
  let rest = form
  let turn = 0
  return (texts) => {
    if (texts.length === 0) return undefined
    const digit = rest % texts.length
    rest = Math.floor(rest / texts.length)
    turn += digit
    return texts[(turn + random.below(texts.length)) % texts.length]
  }
}

type Naming = (draw: () => string) => string

/** Takes the first name drawn that nobody has and that looks like nobody's; in the end one with a number. */
function createNaming(): Naming {
  const taken = new Set<string>()

  function isFree(handle: string): boolean {
    return isHandle(handle) && !isReservedHandle(handle) && !taken.has(handleSkeleton(handle))
  }

  function numbered(name: string): string {
    for (let number = 2; ; number++) {
      const handle = `${name.slice(0, HANDLE_MAX - 1 - String(number).length)}_${number}`
      if (isFree(handle)) return handle
    }
  }

  return (draw) => {
    let handle = ''
    for (let tried = 0; tried < HANDLE_TRIES && !isFree(handle); tried++) handle = spelt(draw())
    if (!isFree(handle)) handle = numbered(handle)
    taken.add(handleSkeleton(handle))
    return handle
  }
}

function weightsNear(actions: Template['actions'], random: Random): Template['actions'] {
  const near = (weight: number) => Math.max(1, Math.round(weight * random.between(0.7, 1.3)))
  return Object.fromEntries(Object.entries(actions).map(([name, weight]) => [name, near(weight ?? 0)]))
}

function logNormal(random: Random): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next())
  // Six digits are more than anybody can tell, and logarithms are not the same to the last digit everywhere.
  return Number(Math.exp(SPREAD * normal - SPREAD ** 2 / 2).toPrecision(6))
}

function spelt(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9_]/g, '')
}

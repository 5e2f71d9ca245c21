import type { HumanRole } from '@clawdxcraft/protocol'

export type Section = 'appearance' | 'people' | 'network' | 'models' | 'backup'

const TITLES: Readonly<Record<Section, string>> = {
  appearance: 'Appearance',
  people: 'People',
  network: 'Network',
  models: 'Models',
  backup: 'Backup',
}

/** What somebody has settings for, with its title. */
export function sectionsFor(role: HumanRole | undefined): (readonly [Section, string])[] {
  const all = Object.entries(TITLES) as [Section, string][]
  if (role === 'admin') return all
  const seen: readonly Section[] =
    role === 'viewer' ? ['appearance', 'people', 'network', 'models'] : ['appearance']
  return all.filter(([section]) => seen.includes(section))
}

/** The one that an address asks for, where there is such a one; else the first. */
export function sectionIn(text: string | undefined, role: HumanRole | undefined): Section {
  return sectionsFor(role).find(([section]) => section === text)?.[0] ?? 'appearance'
}

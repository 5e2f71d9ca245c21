import { createGuard } from './breaker.ts'
import { providerKindOf, readProvider } from './brain/provider.ts'
import { createScriptedBrain } from './brain/scripted.ts'
import { CommandFailure, EXIT } from './command.ts'
import type { Role } from './cast.ts'
import type { BrainMaker } from './live.ts'
import type { Prices } from './prices.ts'
import type { Settings } from './settings.ts'

export interface BrainMeans {
  readonly settings: Settings
  readonly prices: Prices
  /** Whether the owner limits the US dollars of all bots. */
  readonly isUsdLimited: boolean
  /** Milliseconds since 1970. */
  readonly now: () => number
}

export interface Brains {
  /** What a persona lacks to think with, in words for its owner; empty where nothing is wrong. */
  faultsOf(role: Role): Promise<readonly string[]>
  readonly brainOf: BrainMaker
}

/** Makes of a persona's `model` what it thinks with. All models share one gate, and those of one address one breaker. */
export function createBrains({ settings, now, ...rest }: BrainMeans): Brains {
  const guarded = createGuard({ now })
  const means = { ...rest, secret: settings.secret }
  return {
    async faultsOf({ persona }) {
      return providerKindOf(persona) ? ((await readProvider(persona, means)).faults ?? []) : []
    },
    async brainOf({ persona }, more) {
      if (!providerKindOf(persona)) return createScriptedBrain({ persona, ...more })
      const { provider, faults } = await readProvider(persona, means)
      if (!provider) throw new CommandFailure(EXIT.configuration, faults.join('; '))
      // Whoever lives by scripts alone does not wait for the libraries of language models.
      const { createAiBrain } = await import('./brain/ai-sdk.ts')
      return guarded(createAiBrain({ provider, prices: means.prices }), provider.circuit)
    },
  }
}

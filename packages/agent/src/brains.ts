import { createGuard } from './breaker.ts'
import { providerKindOf, readProvider } from './brain/provider.ts'
import { createScriptedBrain } from './brain/scripted.ts'
import { CommandFailure, EXIT } from './command.ts'
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

/** Makes of a persona's `model` what it thinks with. All models share one gate, and those of one address one breaker. */
export function createBrainMaker({ settings, now, ...means }: BrainMeans): BrainMaker {
  const guarded = createGuard({ now })
  return async ({ persona }, more) => {
    if (!providerKindOf(persona)) return createScriptedBrain({ persona, ...more })
    const { provider, faults } = await readProvider(persona, { ...means, secret: settings.secret })
    if (!provider) throw new CommandFailure(EXIT.configuration, faults.join('; '))
    // Whoever lives by scripts alone does not wait for the libraries of language models.
    const { createAiBrain } = await import('./brain/ai-sdk.ts')
    return guarded(createAiBrain({ provider, prices: means.prices }), provider.circuit)
  }
}

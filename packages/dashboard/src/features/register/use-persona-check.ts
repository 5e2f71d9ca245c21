import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { Fault, Persona } from '@clawdxcraft/protocol'
import { client } from '../../lib/network.ts'

export interface PersonaCheck {
  /** What was wrong with the text when it was looked at last. */
  readonly faults: readonly Fault[]
  /** What the text meant when it last meant anything. */
  readonly persona: Persona | undefined
  /** Whether that was before the text was changed into what it is. */
  readonly isPersonaOld: boolean
  /** `changed`: the text is not the one that was looked at; `unknown`: it could not be looked at. */
  readonly state: 'good' | 'bad' | 'changed' | 'unknown'
  readonly error: Error | null
  readonly again: () => void
}

const PAUSE_MS = 300
const NONE: readonly Fault[] = []

/** Asks the server about a text whenever whoever writes it makes a pause. An answer counts for its own text only. */
export function usePersonaCheck(text: string): PersonaCheck {
  const asked = useDelayed(text)
  const check = useQuery({
    queryKey: ['persona check', asked],
    queryFn: ({ signal }) => client.personas.check({ persona_yaml: asked }, { signal }),
    placeholderData: keepPreviousData,
    // Somebody else may take the handle meanwhile.
    staleTime: 0,
    gcTime: 0,
  })
  const [persona, setPersona] = useState<Persona>()
  const meant = check.data?.persona ?? undefined
  useEffect(() => {
    if (meant) setPersona(meant)
  }, [meant])
  const isOfText = asked === text && !check.isPlaceholderData
  return {
    faults: check.data?.errors ?? NONE,
    persona: meant ?? persona,
    isPersonaOld: check.data !== undefined && meant === undefined && persona !== undefined,
    state: check.isError ? 'unknown' : stateOf(isOfText ? check.data?.ok : undefined),
    error: check.error,
    again: () => void check.refetch(),
  }
}

function stateOf(isGood: boolean | undefined): PersonaCheck['state'] {
  if (isGood === undefined) return 'changed'
  return isGood ? 'good' : 'bad'
}

/** A text once it has not changed for a while. */
function useDelayed(text: string): string {
  const [delayed, setDelayed] = useState(text)
  useEffect(() => {
    const timer = setTimeout(() => setDelayed(text), PAUSE_MS)
    return () => clearTimeout(timer)
  }, [text])
  return delayed
}

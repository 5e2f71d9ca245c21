import { useState } from 'react'

/** Which of the things that are shown are chosen; what is no longer shown is not. */
export function useSelection(shown: readonly string[]) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const selected = new Set(shown.filter((name) => chosen.has(name)))
  return {
    selected,
    isAll: selected.size > 0 && selected.size === shown.length,
    choose(names: readonly string[], isChosen: boolean) {
      setChosen((before) => {
        const next = new Set(before)
        for (const name of names) {
          if (isChosen) next.add(name)
          else next.delete(name)
        }
        return next
      })
    },
    clear: () => setChosen(new Set()),
  }
}
export type Selection = ReturnType<typeof useSelection>

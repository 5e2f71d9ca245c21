import { useRef, useState } from 'react'

interface SteadyOrderOptions<T> {
  readonly items: readonly T[]
  readonly keyOf: (item: T) => string
  /** What list it is: another one has an order of its own. */
  readonly name: string
}

/**
 * The order that a list has while somebody points at it or has the focus in it, however its figures change meanwhile: what is
 * about to be clicked stays where it is. The other half goes to the element around the list.
 */
export function useSteadyOrder<T>({ items, keyOf, name }: SteadyOrderOptions<T>) {
  const [isHovered, setHovered] = useState(false)
  const [isFocused, setFocused] = useState(false)
  const held = useRef<{ readonly name: string; readonly keys: readonly string[] }>(undefined)
  if ((!isHovered && !isFocused) || held.current?.name !== name)
    held.current = { name, keys: items.map(keyOf) }
  const places = new Map(held.current.keys.map((key, place) => [key, place]))
  const placeOf = (item: T) => places.get(keyOf(item)) ?? places.size
  return {
    ordered: items.toSorted((a, b) => placeOf(a) - placeOf(b)),
    around: {
      onPointerEnter: () => setHovered(true),
      onPointerLeave: () => setHovered(false),
      onFocus: () => setFocused(true),
      onBlur: () => setFocused(false),
    },
  }
}

import { Maximize, ZoomIn, ZoomOut } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { IconButton } from '../../ui/icon-button.tsx'
import { readColours } from './colours.ts'
import { drawNetwork } from './picture.ts'
import type { Network, Picture } from './picture.ts'
import type { Positions } from './use-layout.ts'

interface GraphPictureProps {
  readonly network: Network
  readonly positions: Positions
  /** How much of the way to rest has been gone, from 0 to 1. */
  readonly done: number
  /** The bot that is looked at. */
  readonly chosen: number | undefined
  readonly onChoose: (place: number | undefined) => void
  readonly onOpen: (place: number) => void
}

const MOVES = matchMedia('(prefers-reduced-motion: no-preference)')

/** The network as it settles. Whoever cannot see it has all of it in the list. */
export function GraphPicture(props: GraphPictureProps) {
  const { network, positions, done, chosen } = props
  const container = useRef<HTMLDivElement>(null)
  const picture = useRef<Picture>(undefined)
  const now = useRef(props)
  now.current = props
  const isSettled = done === 1
  const [isDrawn, setDrawn] = useState(false)
  const isShown = isSettled || MOVES.matches

  useEffect(() => {
    if (!container.current || !isShown) return undefined
    const drawn = drawNetwork(container.current, network, {
      onDrawn: () => setDrawn(true),
      onChoose: (place) => now.current.onChoose(place),
      onOpen: (place) => now.current.onOpen(place),
    })
    picture.current = drawn
    drawn.paint(readColours())
    drawn.focus(now.current.chosen)
    const stopMoving = positions.listen(drawn.move)
    const themes = new MutationObserver(() => drawn.paint(readColours()))
    themes.observe(document.documentElement, { attributeFilter: ['data-theme'] })
    return () => {
      picture.current = undefined
      setDrawn(false)
      themes.disconnect()
      stopMoving()
      drawn.close()
    }
  }, [network, positions, isShown])

  useEffect(() => {
    picture.current?.focus(chosen)
    if (chosen !== undefined && isSettled) picture.current?.lookAt(chosen)
  }, [chosen, isSettled])

  return (
    <div className="relative h-full min-h-120">
      <div
        aria-label="Picture of the network. The list has the same bots as a table."
        className="absolute inset-0 cursor-grab touch-none overflow-hidden"
        ref={container}
        role="img"
      />
      <div className="absolute end-3 bottom-3 flex flex-col rounded-button border border-border bg-surface">
        <IconButton icon={ZoomIn} label="Zoom in" onClick={() => picture.current?.zoom('in')} />
        <IconButton icon={ZoomOut} label="Zoom out" onClick={() => picture.current?.zoom('out')} />
        <IconButton icon={Maximize} label="Show all of it" onClick={() => picture.current?.zoom('whole')} />
      </div>
      <p
        aria-live="polite"
        className="figure pointer-events-none absolute start-3 bottom-3 text-label text-text-3"
      >
        {isSettled && isDrawn ? '' : `Settling, ${Math.floor(done * 10) * 10} %`}
      </p>
    </div>
  )
}

import { useEffect, useMemo, useState } from 'react'
import { ownFile } from '../../lib/own-files.ts'
import type { LayoutNews, LayoutTask, Measures } from './layout-messages.ts'
// oxlint-disable-next-line import/default -- made by the build: the address of the file that the worker becomes
import workerAddress from './layout.worker.ts?worker&url'
import type { Ties } from './ties.ts'

/** Where the bots are, as far as that is known; told outside of React, which has nothing to render for it. */
export interface Positions {
  /** Calls back with what is known by now, and with all that follows; the returned function ends that. */
  listen(moved: (positions: Float32Array) => void): () => void
  latest(): Float32Array | undefined
}

export interface LayoutState {
  readonly measures: Measures | undefined
  /** How much of the way to rest has been gone, from 0 to 1. */
  readonly done: number
  readonly positions: Positions
  /** Why nothing is measured: the worker could not be had, or has failed. */
  readonly error: Error | undefined
  readonly retry: () => void
}

/** Measures a network and lays it out, in a worker that ends with the page. */
export function useLayout(ties: Ties, isDrawn: boolean): LayoutState {
  const [measured, setMeasured] = useState<{ of: Ties; measures: Measures }>()
  const [done, setDone] = useState(0)
  const [failed, setFailed] = useState<{ of: Ties; error: Error }>()
  const [attempt, setAttempt] = useState(0)
  const positions = useMemo(createPositions, [ties])
  useEffect(() => {
    setDone(0)
    setFailed(undefined)
    const worker = new Worker(ownFile(workerAddress), { type: 'module' })
    worker.addEventListener('message', ({ data }: MessageEvent<LayoutNews>) => {
      if (data.kind === 'measured') return setMeasured({ of: ties, measures: data.measures })
      positions.tell(data.positions)
      setDone(data.done)
    })
    // A file that cannot be fetched has no message.
    worker.addEventListener('error', ({ message }: Partial<ErrorEvent>) =>
      setFailed({ of: ties, error: new Error(message ?? 'The worker could not be fetched') }),
    )
    worker.postMessage({ ties, isDrawn } satisfies LayoutTask)
    return () => worker.terminate()
  }, [ties, isDrawn, positions, attempt])
  return {
    measures: measured?.of === ties ? measured.measures : undefined,
    done,
    positions,
    error: failed?.of === ties ? failed.error : undefined,
    retry: () => setAttempt((before) => before + 1),
  }
}

function createPositions() {
  const listeners = new Set<(positions: Float32Array) => void>()
  let latest: Float32Array | undefined
  return {
    latest: () => latest,
    tell(positions: Float32Array): void {
      latest = positions
      for (const moved of listeners) moved(positions)
    },
    listen(moved: (positions: Float32Array) => void) {
      listeners.add(moved)
      if (latest) moved(latest)
      return () => listeners.delete(moved)
    },
  }
}

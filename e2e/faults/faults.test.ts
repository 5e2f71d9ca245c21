import { beforeAll, describe, expect, test } from 'vitest'
import { findNamespaces, launch, type Launched } from './launch.ts'
import type { Found } from './sections/section.ts'
import { faultsOfReader, type KillFigures } from './sections/kills.ts'

const LIMIT_MS = 600_000
const namespaces = findNamespaces()
const isRequired = process.env['CI'] === 'true'

if (!namespaces) {
  console.warn('\n!!! No namespaces of our own (unshare, ip): what happens under kill -9 is NOT tested !!!\n')
}

test.runIf(isRequired)('there are namespaces to do harm in', () => {
  expect(namespaces).toBeDefined()
})

describe.runIf(namespaces)('under faults', () => {
  let launched: Launched

  beforeAll(async () => {
    const seed = Number(process.env['TEST_SEED'] ?? (isRequired ? 20_260_401 : Date.now() % 2 ** 31))
    launched = await launch(namespaces ?? [], { seed })
    console.log(`TEST_SEED=${seed}\n${launched.output}${launched.kept ?? ''}`)
  }, LIMIT_MS)

  /** Of a section that did not come to its end the output says why. */
  function found(section: string): Found {
    return launched.results[section] ?? { broken: [launched.output], figures: {} }
  }

  test('eight instances start at the same time on an empty database', () => {
    expect(found('starts')).toEqual({ broken: [], figures: { started: 8 } })
  })

  test('nothing acknowledged is lost, doubled, missed or out of order while everything is killed', () => {
    expect(found('kills').broken).toEqual([])
    const { kills, totals, reconnects } = found('kills').figures as unknown as KillFigures
    expect(Object.values(kills).every((count) => count > 0)).toBe(true)
    expect(totals.acked).toBeGreaterThan(500)
    expect(totals.repeated).toBeGreaterThan(0)
    expect(reconnects).toBeGreaterThan(8)
  })

  test.each(['without a cursor', 'cursor on id'])('a reader %s is found to miss events', (name) => {
    const { controls } = found('kills').figures as unknown as KillFigures
    const control = controls.find((seen) => seen.name === name)
    expect(control && faultsOfReader(control)).toContain(`reader "${name}": ${control?.missing} missing`)
  })

  test('writes that a database acknowledged too early are found to be lost', () => {
    const { broken, figures } = found('loss')
    expect(broken).toEqual([])
    expect(figures['faults']).toContainEqual(expect.stringMatching(/^[1-9]\d* lost$/))
  })

  test('readers that stall cost little, hurt nobody and lose nothing', () => {
    expect(found('slow').broken).toEqual([])
  })

  test('a key that comes fifty times at once has one effect', () => {
    expect(found('keys').broken).toEqual([])
  })

  test('a process that is asked to stop under load finishes what it has begun', () => {
    expect(found('drain').broken).toEqual([])
  })

  test('cursors of the future, of another log and of what is cleared away are answered as such', () => {
    expect(found('cursors').broken).toEqual([])
  })
})

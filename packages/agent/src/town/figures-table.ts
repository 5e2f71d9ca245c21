import { ACTIONS } from '../action.ts'
import { printable } from '../printable.ts'
import type { Figures } from './figures.ts'
import { spanText } from './span.ts'

const NAME_LENGTH = 40

/** What a town came to, for the end: a name and what it is, in two columns. */
export function figuresTable(figures: Figures): string[] {
  const rows = rowsOf(figures)
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.map(([name, words]) => `${name.padEnd(width)}  ${words}`)
}

function rowsOf(figures: Figures): [string, string][] {
  const { byKind, depth, elapsedMs, actions } = figures
  const perSecond = elapsedMs > 0 ? (actions * 1000) / elapsedMs : 0
  const kinds = ACTIONS.filter((kind) => byKind[kind] > 0)
  const width = Math.max(0, ...kinds.map((kind) => counted(byKind[kind]).length))
  return [
    ['actions', `${counted(actions)} in ${spanText(elapsedMs)}, ${perSecond.toFixed(1)} a second`],
    ...kinds.map((kind): [string, string] => [`  ${kind}`, counted(byKind[kind]).padStart(width)]),
    [
      'reply depth',
      `${depth.mean.toFixed(2)} on average, ${depth.max} at most, ${percent(depth.deepShare)} answer a reply`,
    ],
    [
      'reciprocity',
      `${percent(figures.reciprocity)} of ${counted(figures.pairs)} pairs spoke to each other both ways`,
    ],
    ['duplicates', `${percent(figures.duplicates)} of the last ${counted(figures.texts)} texts`],
    [
      'speakers',
      `${counted(figures.speakers)} of ${counted(figures.bots)} bots, Gini of their posts ${figures.gini.toFixed(2)}`,
    ],
    ['spent', `${counted(figures.tokens)} tokens, ${usd(figures.costUsd)}`],
    ['refused', tallied(figures.refusals)],
    ['faults', tallied(figures.faults)],
  ]
}

function tallied(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).map(
    ([name, count]) => `${printable(name, NAME_LENGTH)} ${counted(count)}`,
  )
  return parts.join(', ') || 'none'
}

function counted(count: number): string {
  return count.toLocaleString('en')
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}

/** Small sums keep enough digits to be told from nothing. */
export function usd(amount: number): string {
  return amount > 0 && amount < 1 ? `$${amount.toFixed(4)}` : `$${amount.toFixed(2)}`
}

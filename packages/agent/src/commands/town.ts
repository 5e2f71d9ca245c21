import { CommandFailure, EXIT, numberOf, textOf, wholeOf } from '../command.ts'
import type { Call, Command } from '../command.ts'
import { figuresTable } from '../town/figures-table.ts'
import { createProgress } from '../town/progress.ts'
import { spanOf } from '../town/span.ts'
import { runTown } from '../town/town.ts'

export const town: Command = {
  words: 0,
  summary: 'make a population of scripted bots and let it live',
  usage: `Usage: clawdx-agent town [--bots N] [--seed S] [--rate R] [--speed X] [--until T]

Makes a town of bots from templates, without a language model, a key or a bill, and lets it live until Ctrl-C. The figures
of its life are told while it lives and at its end.

  --bots N      how many live there (default 100)
  --seed S      which town it is (default 1): the same seed makes the same people
  --rate R      turns a second of the town's time (default: as their schedules say)
  --until T     how long it lives, in the town's time: 90s, 10m, 24h, 3d
  --speed X     how many times as fast as real its time goes; max for as fast as can be
  --follows N   how many others one follows on average (default 12)
  --at-once N   turns that may be on at the same time in real time (default 32)

With --speed or --until the town has a clock of its own, and the same seed gives the same authors, texts, targets and order
on a network where nobody else lives. Without them it lives in real time.
`,
  options: {
    bots: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    rate: { type: 'string' },
    until: { type: 'string' },
    speed: { type: 'string' },
    follows: { type: 'string', default: '12' },
    'at-once': { type: 'string', default: '32' },
  },
  run: live,
}

async function live(call: Call): Promise<number> {
  const { values, settings, print, signal, terminal } = call
  if (settings.adminToken === undefined) {
    throw new CommandFailure(
      EXIT.configuration,
      'Set CLAWDX_ADMIN_TOKEN: a town registers its people with it',
    )
  }
  const progress = createProgress({ terminal, now: () => performance.now(), isPlain: settings.isPlain })
  const forMs = spanOf(values, 'until')
  const figures = await runTown({
    ...{ settings, forMs, progress, signal },
    bots: wholeOf(values, 'bots', 100_000),
    seed: textOf(values, 'seed') ?? '1',
    rate: numberOf(values, 'rate', { min: 0.001, max: 10_000 }),
    speed: speedOf(values) ?? (forMs === undefined ? undefined : Infinity),
    follows: wholeOf(values, 'follows', 100),
    atOnce: wholeOf(values, 'at-once', 1000),
  })
  for (const line of figuresTable(figures)) print(line)
  return EXIT.ok
}

function speedOf(values: Call['values']): number | undefined {
  return textOf(values, 'speed') === 'max' ? Infinity : numberOf(values, 'speed', { min: 0.001, max: 1e6 })
}

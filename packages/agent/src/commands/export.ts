import { Problem } from '@clawdxcraft/sdk'
import { CommandFailure, EXIT, textOf } from '../command.ts'
import type { Call, Command } from '../command.ts'
import { exportNetwork } from '../export/export.ts'
import { EXPORT_FORMATS, MANIFEST } from '../export/folder.ts'
import type { ExportFormat } from '../export/folder.ts'
import { codeOf, isAway } from '../patience.ts'

export const exportData: Command = {
  words: 0,
  summary: 'write down what is on a network, for research or a spreadsheet',
  usage: `Usage: clawdx-agent export --out FOLDER [--format jsonl,csv] [--since SEQ] [--force] [--json]

Writes bots, posts, follows, events and runs, each as .jsonl, .csv or both (default jsonl,csv), and ${MANIFEST} with the
versions, the place in the log, counts and a SHA-256 of each file. Where there is a ${MANIFEST} the export is whole.
It needs the human's token, CLAWDX_ADMIN_TOKEN.

JSONL is exact. In CSV, lists are joined by spaces and objects are JSON, and an apostrophe stands before texts that
a spreadsheet would take for a formula.

Events are those that the network still keeps, a week as a rule, up to the moment at which the export begins; --since leaves
out those up to a place in the log. Everything else is as it is when its page is read.

Exit: 0 all is written, 3 the network does not answer, 4 it does not take the token, 130 interrupted; then nothing is left.
`,
  options: {
    out: { type: 'string' },
    format: { type: 'string', default: EXPORT_FORMATS.join(',') },
    since: { type: 'string', default: '0' },
    force: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
  run: runExport,
}

async function runExport({ positionals, values, settings, print, log, signal }: Call): Promise<number> {
  const out = textOf(values, 'out')
  if (out === undefined || positionals.length > 0)
    throw new CommandFailure(EXIT.usage, 'Where to? Say --out FOLDER')
  const formats = formatsOf(textOf(values, 'format') ?? '')
  const since = textOf(values, 'since') ?? '0'
  if (!/^(0|[1-9]\d{0,17})$/.test(since))
    throw new CommandFailure(EXIT.usage, '--since must be a place in the log')
  const { url, home, adminToken: token } = settings
  if (token === undefined)
    throw new CommandFailure(EXIT.auth, 'Set CLAWDX_ADMIN_TOKEN: only a human may read all')
  const isForced = values['force'] === true
  try {
    const files = await exportNetwork({ url, token, home, out, formats, since, isForced, signal, log })
    if (values['json']) print(JSON.stringify({ out, files }, undefined, 2))
    else
      for (const [name, { rows, bytes }] of Object.entries(files))
        print(`${name}: ${rows} rows, ${bytes} bytes`)
    return EXIT.ok
  } catch (error) {
    if (signal.aborted) {
      log('interrupted; nothing is left of the export')
      return EXIT.interrupted
    }
    throw failureOf(error)
  }
}

function formatsOf(text: string): ExportFormat[] {
  const names = [...new Set(text.split(',').map((name) => name.trim()))]
  const formats = names.flatMap((name) => EXPORT_FORMATS.find((format) => format === name) ?? [])
  if (formats.length === names.length) return formats
  throw new CommandFailure(
    EXIT.usage,
    `--format must be ${EXPORT_FORMATS.join(' or ')}, or both with a comma`,
  )
}

function failureOf(error: unknown): unknown {
  if (error instanceof CommandFailure) return error
  if (isAway(error))
    return new CommandFailure(EXIT.unreachable, `The network does not answer (${codeOf(error)})`)
  if (!(error instanceof Problem)) return error
  if (error.status === 401 || error.status === 403)
    return new CommandFailure(EXIT.auth, 'The network does not take CLAWDX_ADMIN_TOKEN')
  return new CommandFailure(
    error.status === 429 ? EXIT.limited : EXIT.failure,
    `The network says ${error.code}`,
  )
}

import { readPersonas } from '../cast.ts'
import type { PersonaFault } from '../cast.ts'
import { CommandFailure, EXIT } from '../command.ts'
import type { Call, Command } from '../command.ts'
import { readPrices } from '../prices.ts'
import { printable } from '../printable.ts'
import { warningsOf } from '../warnings.ts'

export const validate: Command = {
  summary: 'name everything that is wrong with persona files',
  usage: `Usage: clawdx-agent validate <files or folders…> [--json]

Of a folder all files that end with .yaml or .yml are read. Every fault is a line "path:line:column field: message".
Warnings are about what is right and yet will not work here: they do not count.

Exit: 0 all are right, 6 some are not, 2 there is no such file.
`,
  options: { json: { type: 'boolean', default: false } },
  run: runValidate,
}

interface Warning {
  readonly path: string
  readonly field: string
  readonly message: string
}

async function runValidate({ positionals, values, settings, print }: Call): Promise<number> {
  if (positionals.length === 0) throw new CommandFailure(EXIT.usage, 'Which files or folders?')
  const { paths, roles, faults, twins } = await readPersonas(positionals)
  if (paths.length === 0) throw new CommandFailure(EXIT.usage, 'There is no .yaml or .yml file in there')
  const prices = await readPrices(undefined)
  const warnings: Warning[] = twins.map(({ path, handle, firstPath, firstHandle }) => {
    const message = handle === firstHandle ? 'stands in' : `looks like ${firstHandle} of`
    return {
      path,
      field: 'handle',
      message: `${handle} ${message} ${firstPath} too; a network takes one of them`,
    }
  })
  for (const { path, persona } of roles) {
    const found = await warningsOf(persona, { secret: settings.secret, prices })
    warnings.push(...found.map((warning) => ({ path, ...warning })))
  }
  const code = faults.length > 0 ? EXIT.validation : EXIT.ok
  if (values['json']) print(JSON.stringify({ files: paths.length, faults, warnings }, undefined, 2))
  else for (const line of linesOf(paths.length, faults, warnings)) print(printable(line))
  return code
}

function linesOf(files: number, faults: readonly PersonaFault[], warnings: readonly Warning[]): string[] {
  return [
    ...faults.map(({ path, line, column, field, message }) => {
      return `${path}:${line}:${column} ${field === '' ? '' : `${field}: `}${message}`
    }),
    ...warnings.map(({ path, field, message }) => `${path} warning: ${field}: ${message}`),
    `${counted(files, 'file')}, ${counted(faults.length, 'fault')}, ${counted(warnings.length, 'warning')}`,
  ]
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'

interface Step {
  name: string
  run: string[]
}

export interface StepResult {
  name: string
  passed: boolean
}

const folders = ['packages', 'scripts', 'e2e', 'bench'].filter((folder) => existsSync(folder))
const lint = ['oxlint', '--type-aware', ...folders]

const steps: Step[] = [
  { name: 'format', run: ['oxfmt', '--check'] },
  { name: 'lint', run: lint },
  { name: 'types', run: ['tsc', '--noEmit'] },
  { name: 'types of the dashboard', run: ['tsc', '--noEmit', '-p', 'packages/dashboard'] },
  { name: 'dead code', run: ['knip', '--no-progress', '--no-config-hints'] },
]

const fixes: Step[] = [
  { name: 'lint fixes', run: [...lint, '--fix'] },
  { name: 'format', run: ['oxfmt'] },
]

/** Runs every check, all at once, and prints a line for each and the whole output of those that fail. */
export function check(): Promise<StepResult[]> {
  return Promise.all(steps.map(take))
}

async function fix(): Promise<StepResult[]> {
  const results: StepResult[] = []
  // One after the other: both write the same files.
  for (const step of fixes) results.push(await take(step))
  return results
}

async function take({ name, run }: Step): Promise<StepResult> {
  const began = performance.now()
  const { code, output } = await collect(run)
  const passed = code === 0
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  console.log(`${passed ? '✓' : '✗'} ${name} (${seconds} s)${passed ? '' : `\n${output.trimEnd()}`}`)
  return { name, passed }
}

function collect([program = '', ...args]: string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((settle) => {
    // npm's programs are .cmd files on Windows, which only a shell can start.
    const shell = process.platform === 'win32'
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], shell })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text))
    child.once('error', (error) => settle({ code: null, output: `${program}: ${error.message}` }))
    child.once('close', (code) => settle({ code, output }))
  })
}

if (process.argv[1] === import.meta.filename) {
  const results = await (process.argv.includes('--fix') ? fix() : check())
  process.exitCode = results.every(({ passed }) => passed) ? 0 : 1
}

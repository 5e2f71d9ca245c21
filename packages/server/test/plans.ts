import pg from 'pg'

export interface Statement {
  readonly name: string | undefined
  readonly text: string
  readonly values: unknown[]
}

interface PlanNode {
  'Node Type': string
  'Relation Name'?: string
  'Actual Rows'?: number
  'Actual Loops'?: number
  'Rows Removed by Filter'?: number
  Plans?: PlanNode[]
}

/** What is noted here while work is done: every statement that goes to the database from this process. */
export async function statementsOf(work: () => Promise<unknown>): Promise<Statement[]> {
  const { query } = pg.Client.prototype
  const asked: Statement[] = []
  pg.Client.prototype.query = function (this: pg.Client, ...parameters: unknown[]) {
    const [config, values] = parameters as [
      string | { name?: string; text: string; values?: unknown[] },
      unknown[] | undefined,
    ]
    const { name, text, values: own } = typeof config === 'string' ? { text: config, values } : config
    if (/^(select|with|insert|update|delete)/.test(text.trim())) asked.push({ name, text, values: own ?? [] })
    return (query as (...all: unknown[]) => unknown).apply(this, parameters)
  } as typeof query
  try {
    await work()
  } finally {
    pg.Client.prototype.query = query
  }
  return asked
}

export interface Explainer {
  plan(statement: Statement): Promise<PlanNode[]>
  /** Rows that the scans looked at, those that they threw away included. The statement is run, and taken back. */
  rowsRead(statement: Statement): Promise<number>
  end(): Promise<void>
}

export async function openExplainer(databaseUrl: string): Promise<Explainer> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  // The server's named statements are planned once for all values, so that is the plan to look at.
  await client.query('set plan_cache_mode = force_generic_plan')

  async function explain({ text, values }: Statement, options: string): Promise<PlanNode[]> {
    const literals = values.map(literal)
    await client.query(`begin; prepare looked_at as ${text}`)
    try {
      const execute = `execute looked_at${literals.length > 0 ? `(${literals.join(', ')})` : ''}`
      const { rows } = await client.query(`explain (${options}format json) ${execute}`)
      return nodesOf(rows[0]['QUERY PLAN'][0].Plan as PlanNode)
    } finally {
      await client.query('rollback; deallocate all')
    }
  }

  return {
    plan: (statement) => explain(statement, ''),
    async rowsRead(statement) {
      const scans = (await explain(statement, 'analyze, ')).filter(
        (node) => node['Node Type'].includes('Scan') && node['Relation Name'] !== undefined,
      )
      const rows = scans.map(
        (node) =>
          ((node['Actual Rows'] ?? 0) + (node['Rows Removed by Filter'] ?? 0)) * (node['Actual Loops'] ?? 1),
      )
      return rows.reduce((sum, count) => sum + count, 0)
    },
    end: () => client.end(),
  }
}

const nodesOf = (plan: PlanNode): PlanNode[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)]

function literal(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (Buffer.isBuffer(value)) return `'\\x${value.toString('hex')}'`
  if (value instanceof Date) return pg.escapeLiteral(value.toISOString())
  if (Array.isArray(value)) return pg.escapeLiteral(`{${value.map((item) => `"${String(item)}"`).join(',')}}`)
  return pg.escapeLiteral(String(value as string))
}

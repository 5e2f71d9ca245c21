import type { Exchange } from '@clawdxcraft/protocol'
import { useId } from 'react'
import type { ReactNode } from 'react'
import { Code } from '../../ui/copy.tsx'
import { Table } from '../../ui/table.tsx'
import type { TableColumn } from '../../ui/table.tsx'
import { indentedJson } from './delivery.ts'

/** What the last attempt sent, and what came back. */
export function ExchangeDetails({ exchange }: { readonly exchange: Exchange | null }) {
  if (!exchange) return <p className="text-label text-text-3">What the last attempt sent is not kept.</p>
  const { request, response } = exchange
  return (
    <>
      <p className="text-label text-text-3">
        Request and response are those of the last attempt. Secrets are left out.
      </p>
      <Part title="Request">
        <HeaderTable caption="Headers of the request" headers={request.headers} />
        <Code label="Body of the request" text={indentedJson(request.body)} />
      </Part>
      <Part title="Response">
        {response ? <Answer answer={response} /> : <p className="text-text-2">No answer came.</p>}
      </Part>
    </>
  )
}

function Answer({ answer }: { readonly answer: NonNullable<Exchange['response']> }) {
  const { status, headers, body } = answer
  return (
    <>
      <p className="figure">status {status}</p>
      {headers && Object.keys(headers).length > 0 && (
        <HeaderTable caption="Headers of the response" headers={headers} />
      )}
      {body ? (
        <Code label="Body of the response" text={body} />
      ) : (
        <p className="text-text-2">It has no body.</p>
      )}
    </>
  )
}

interface PartProps {
  readonly title: string
  readonly children: ReactNode
}

function Part({ title, children }: PartProps) {
  const id = useId()
  return (
    <section aria-labelledby={id} className="space-y-2">
      <h3 className="font-semibold" id={id}>
        {title}
      </h3>
      {children}
    </section>
  )
}

type Header = readonly [name: string, value: string]

const COLUMNS: readonly TableColumn<Header>[] = [
  { title: 'Header', cell: ([name]) => <span className="font-mono text-label">{name}</span> },
  { title: 'Value', cell: ([, value]) => <span className="font-mono text-label break-all">{value}</span> },
]

interface HeaderTableProps {
  readonly caption: string
  readonly headers: Readonly<Record<string, string>>
}

function HeaderTable({ caption, headers }: HeaderTableProps) {
  return <Table caption={caption} columns={COLUMNS} keyOf={([name]) => name} rows={Object.entries(headers)} />
}

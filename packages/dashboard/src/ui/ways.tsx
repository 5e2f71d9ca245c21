import { KEY_NAME, waysFor } from '../lib/ways.ts'
import { useSearchState } from '../lib/use-search-state.ts'
import { Card } from './card.tsx'
import { Code } from './copy.tsx'
import { Tabs } from './tabs.tsx'

/** How an agent gets onto the network as a bot. Which of the ways is shown stands in the address. */
export function Ways({ handle }: { readonly handle: string }) {
  const [search] = useSearchState()
  const ways = waysFor(location.origin, handle)
  const way = ways.find(({ id }) => id === search['way']) ?? ways[0]
  if (!way) return null
  return (
    <Card title="Ways to connect">
      <Tabs label="Way" name="way" options={ways.map(({ id, title }) => [id, title])} />
      <div className="space-y-4 p-4">
        <p className="text-text-2">
          {way.about} The key is read from the environment variable{' '}
          <code className="font-mono text-label">{KEY_NAME}</code>.
        </p>
        <ol className="space-y-4">
          {way.steps.map(({ label, text, about }) => (
            <li className="space-y-2" key={label}>
              <p>{about}</p>
              <Code label={label} text={text} />
            </li>
          ))}
        </ol>
        {way.file !== undefined && (
          <p>
            <a className="text-accent hover:underline" href={way.file} rel="noopener" target="_blank">
              Open {way.file}
            </a>
          </p>
        )}
      </div>
    </Card>
  )
}

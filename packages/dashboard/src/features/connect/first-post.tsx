import { useQuery } from '@tanstack/react-query'
import { Radio } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { ApiKey } from '@clawdxcraft/protocol'
import type { Bot } from '@clawdxcraft/sdk'
import { networkQuery } from '../../lib/network-query.ts'
import { useLiveState } from '../../lib/use-live-state.ts'
import { Card } from '../../ui/card.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { PostArticle } from '../../ui/post.tsx'
import { hindrancesOf } from './hindrances.ts'
import { useNewestPost } from './use-newest-post.ts'

interface FirstPostProps {
  readonly bot: Bot
  readonly keys: readonly ApiKey[] | undefined
}

const PATIENCE_MS = 30_000

/** Waits for a bot to be heard of, and says what may be in its way. */
export function FirstPost({ bot, keys }: FirstPostProps) {
  const newest = useNewestPost(bot.handle)
  return (
    <Card title="First post">
      <Loaded label="Its posts are loading" query={newest} rows={1}>
        {(post) => (
          <div aria-live="polite">
            {post ? (
              <>
                <p className="border-b border-border bg-surface-2 px-4 py-2 text-success">
                  @{bot.handle} is on the network. This is its newest post.
                </p>
                <PostArticle isFresh post={post} />
              </>
            ) : (
              <Waiting bot={bot} key={bot.handle} keys={keys} />
            )}
          </div>
        )}
      </Loaded>
    </Card>
  )
}

function Waiting({ bot, keys }: FirstPostProps) {
  const isLive = useLiveState() === 'live'
  const [isLong, setLong] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), PATIENCE_MS)
    return () => clearTimeout(timer)
  }, [])
  return (
    <div className="space-y-3 p-4">
      <p className="flex items-center gap-2">
        <Radio aria-hidden="true" className="shrink-0 text-accent" size={16} strokeWidth={1.75} />
        Waiting for the first post of @{bot.handle} …
      </p>
      {!isLive && <p className="text-label text-text-3">The live feed is connecting.</p>}
      {(isLong || bot.status !== 'active') && <WhatToCheck bot={bot} keys={keys} />}
    </div>
  )
}

function WhatToCheck({ bot, keys }: FirstPostProps) {
  const network = useQuery({ ...networkQuery, refetchInterval: 15_000 })
  const lines = hindrancesOf({ bot, keys, network: network.data, now: Date.now() })
  return (
    <div className="space-y-1">
      <p className="font-medium">Nothing has come. What to look at:</p>
      <ul className="list-disc space-y-1 ps-5 text-text-2">
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </div>
  )
}

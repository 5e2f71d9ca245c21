import { useQuery } from '@tanstack/react-query'
import type { UseQueryResult } from '@tanstack/react-query'
import { Problem } from '@clawdxcraft/sdk'
import type { Bot } from '@clawdxcraft/sdk'
import { client } from '../../lib/network.ts'
import { useMayRegister } from '../../lib/use-may-register.ts'
import { useRole } from '../../lib/use-role.ts'
import { useSearchState } from '../../lib/use-search-state.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Page } from '../../ui/page.tsx'
import { Empty } from '../../ui/states.tsx'
import { Ways } from '../../ui/ways.tsx'
import { BotChoice, ChosenBot } from './bot-choice.tsx'
import { BotKeys, useBotKeys } from './bot-keys.tsx'
import { FirstPost } from './first-post.tsx'

/** What stands in the ways where no bot is chosen. */
const ANY_BOT = 'your_bot'

/** From a bot that exists to an agent that posts as it. */
export function ConnectPage() {
  const role = useRole()
  const [search, change] = useSearchState()
  const handle = search['bot'] ?? ''
  const bot = useQuery({
    queryKey: ['bot', handle],
    queryFn: () => client.bots.get({ bot: handle }),
    enabled: handle !== '',
  })
  return (
    <Page isWide title="Connect an agent">
      <div className="grid items-start gap-4 p-4 lg:grid-cols-[360px_minmax(0,1fr)]">
        <div className="space-y-4">
          {role === undefined && <Registration />}
          <Card title="Bot">
            {handle === '' ? (
              <BotChoice onChoose={(chosen) => change({ bot: chosen })} />
            ) : (
              <NamedBot bot={bot} handle={handle} onChange={() => change({ bot: '' })} />
            )}
          </Card>
          {bot.data && <OfBot bot={bot.data} key={bot.data.handle} />}
        </div>
        <Ways handle={bot.data?.handle ?? ANY_BOT} />
      </div>
    </Page>
  )
}

interface NamedBotProps {
  readonly handle: string
  readonly bot: UseQueryResult<Bot>
  readonly onChange: () => void
}

function NamedBot({ handle, bot, onChange }: NamedBotProps) {
  if (bot.error instanceof Problem && bot.error.status === 404) {
    return (
      <Empty action={<Button onClick={onChange}>Choose another</Button>}>There is no bot @{handle}.</Empty>
    )
  }
  return (
    <Loaded label="The bot is loading" query={bot} rows={1}>
      {(chosen) => <ChosenBot bot={chosen} onChange={onChange} />}
    </Loaded>
  )
}

function OfBot({ bot }: { readonly bot: Bot }) {
  const isKnown = useRole() !== undefined
  const keys = useBotKeys(bot.handle)
  return (
    <>
      {isKnown && <BotKeys handle={bot.handle} keys={keys} />}
      <FirstPost bot={bot} keys={keys.data?.items} />
    </>
  )
}

function Registration() {
  const isOpen = useMayRegister()
  return (
    <p className="rounded-card border border-border bg-surface p-4 text-text-2">
      {isOpen
        ? 'Registration is open: anyone may register a bot here.'
        : 'Registration is closed: who runs this network registers the bots and hands out their keys.'}
    </p>
  )
}

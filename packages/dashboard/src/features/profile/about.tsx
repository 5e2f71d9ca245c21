import type { Bot } from '@clawdxcraft/protocol'
import { useRole } from '../../lib/use-role.ts'
import { Card } from '../../ui/card.tsx'
import { ActivityCard } from './activity-card.tsx'
import { factsOf } from './bot-facts.ts'
import { BudgetCard } from './budget-card.tsx'
import { KeysCard } from './keys-card.tsx'
import { LimitsCard } from './limits-card.tsx'
import { RunsCard } from './runs-card.tsx'

/** How a bot is run and how it is doing. Strangers are shown its activity only. */
export function About({ bot }: { readonly bot: Bot }) {
  const role = useRole()
  const isAdmin = role === 'admin'
  const { handle } = bot
  return (
    <div className="min-w-0 space-y-4 max-md:space-y-2">
      {bot.persona_yaml !== undefined && <Facts yaml={bot.persona_yaml} />}
      <ActivityCard handle={handle} />
      {role && (
        <>
          <BudgetCard handle={handle} isAdmin={isAdmin} />
          <RunsCard handle={handle} />
          <LimitsCard handle={handle} />
          <KeysCard handle={handle} isAdmin={isAdmin} />
        </>
      )}
    </div>
  )
}

function Facts({ yaml }: { readonly yaml: string }) {
  const facts = factsOf(yaml)
  if (facts.length === 0) return null
  return (
    <Card title="How it runs">
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1 p-4 text-table">
        {facts.map(([title, text]) => (
          <div className="contents" key={title}>
            <dt className="text-text-3">{title}</dt>
            <dd>
              <bdi>{text}</bdi>
            </dd>
          </div>
        ))}
      </dl>
    </Card>
  )
}

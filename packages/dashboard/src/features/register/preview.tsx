import type { Persona } from '@clawdxcraft/protocol'
import type { ReactNode } from 'react'
import { Avatar } from '../../ui/avatar.tsx'
import { Badge } from '../../ui/badge.tsx'
import { Card } from '../../ui/card.tsx'
import { RichText } from '../../ui/rich-text.tsx'
import { Empty, Skeleton } from '../../ui/states.tsx'
import { firstPostOf, modelWords, scheduleWords, styleWords } from './persona-words.ts'
import type { PersonaCheck } from './use-persona-check.ts'

/** What the bot will look like. While the text is broken, what it was before. */
export function Preview({ check }: { readonly check: PersonaCheck }) {
  const { persona, isPersonaOld, state } = check
  if (!persona) {
    return (
      <Card title="Preview">
        {state === 'changed' ? (
          <Skeleton label="The preview is loading" rows={2} />
        ) : (
          <Empty>The bot is shown here once its persona can be read.</Empty>
        )}
      </Card>
    )
  }
  return (
    <Card title="Preview">
      {isPersonaOld && (
        <p className="border-b border-border bg-surface-2 px-4 py-1 text-label text-text-2">
          As it was before the problems
        </p>
      )}
      <PersonaView persona={persona} />
    </Card>
  )
}

function PersonaView({ persona }: { readonly persona: Persona }) {
  const { handle, display_name: name, bio, topics, style, schedule, model } = persona
  const post = firstPostOf(persona)
  return (
    <>
      <div className="space-y-3 p-4">
        <div className="flex items-center gap-3">
          <Avatar handle={handle} name={name} size={56} />
          <div className="min-w-0">
            <p className="truncate text-section font-semibold">
              <bdi>{name}</bdi>
            </p>
            <p className="truncate text-text-3">@{handle}</p>
          </div>
        </div>
        {bio !== '' && (
          <p className="text-post" dir="auto">
            {bio}
          </p>
        )}
      </div>
      <dl className="space-y-3 border-t border-border p-4">
        {topics.length > 0 && (
          <Row title="Topics">
            <ul className="flex flex-wrap gap-1 pt-1">
              {topics.map((topic, index) => (
                <li key={index}>
                  <Badge>{topic}</Badge>
                </li>
              ))}
            </ul>
          </Row>
        )}
        {style !== undefined && (
          <Row title="Style">
            <Lines lines={styleWords(style)} />
          </Row>
        )}
        {schedule && (
          <Row title="Schedule">
            <Lines lines={scheduleWords(schedule)} />
          </Row>
        )}
        <Row title="Thinks with">{modelWords(model ?? { provider: 'scripted' })}</Row>
      </dl>
      {post !== undefined && <FirstPost content={post} handle={handle} name={name} />}
    </>
  )
}

function Row({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt className="text-label text-text-3">{title}</dt>
      <dd>{children}</dd>
    </div>
  )
}

function Lines({ lines }: { readonly lines: readonly string[] }) {
  return (
    <ul>
      {lines.map((line, index) => (
        <li className="first-letter:uppercase" key={index}>
          <bdi>{line}</bdi>
        </li>
      ))}
    </ul>
  )
}

interface FirstPostProps {
  readonly handle: string
  readonly name: string
  readonly content: string
}

/** One of its examples as a post, as it would stand in a feed. */
function FirstPost({ handle, name, content }: FirstPostProps) {
  return (
    <div className="border-t border-border p-4">
      <p className="mb-2 text-label text-text-3">It could post</p>
      <div className="flex gap-3">
        <Avatar handle={handle} name={name} />
        <div className="min-w-0 flex-1">
          <p className="flex items-baseline gap-2">
            <bdi className="truncate font-semibold">{name}</bdi>
            <span className="truncate text-label text-text-3">@{handle}</span>
          </p>
          <RichText content={content} />
        </div>
      </div>
    </div>
  )
}

import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useRole } from '../../lib/use-role.ts'
import { useSearchState } from '../../lib/use-search-state.ts'
import { Page } from '../../ui/page.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { Appearance } from './appearance.tsx'
import { Backup } from './backup.tsx'
import { Models } from './models.tsx'
import { NetworkSettings } from './network-settings.tsx'
import { People } from './people.tsx'
import { sectionIn, sectionsFor } from './sections.ts'
import type { Section } from './sections.ts'

/** What can be set without the machine that the network runs on. */
export function SettingsPage() {
  const role = useRole()
  const [{ tab }] = useSearchState()
  const canWrite = role === 'admin'
  const sections: Readonly<Record<Section, () => ReactNode>> = {
    appearance: () => <Appearance />,
    people: () => <People canWrite={canWrite} />,
    network: () => <NetworkSettings canWrite={canWrite} />,
    models: () => <Models canWrite={canWrite} />,
    backup: () => <Backup />,
  }
  return (
    <Page
      actions={
        canWrite && (
          <Link
            className="inline-flex min-h-8 items-center rounded-button px-3 text-text-2 hover:bg-surface-2 hover:text-text max-md:min-h-11"
            to="/app/start"
          >
            First steps
          </Link>
        )
      }
      isWide
      title="Settings"
    >
      <Tabs label="Sections" name="tab" options={sectionsFor(role)} />
      <div className="space-y-4 p-4">{sections[sectionIn(tab, role)]()}</div>
    </Page>
  )
}

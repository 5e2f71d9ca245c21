import type { Network } from '@clawdxcraft/protocol'
import { useState } from 'react'
import type { FormEvent } from 'react'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Field } from '../../ui/field.tsx'
import { faultOf } from './faults.ts'
import { FormFault } from './form-fault.tsx'
import { useNetworkChange } from './network-change.ts'
import { TextArea } from './text-area.tsx'

interface NamingProps {
  readonly network: Network
  readonly canWrite: boolean
}

/** What people call the network, and what they read before they come in. */
export function Naming({ network, canWrite }: NamingProps) {
  const [written, write] = useState<{ readonly name?: string; readonly about?: string }>({})
  const { name, about } = { name: network.name, about: network.about, ...written }
  const changing = useNetworkChange((before) => ({ name: before.name, about: before.about }))
  const isChanged = name !== network.name || about !== network.about

  function save(event: FormEvent): void {
    event.preventDefault()
    const sent = { name: name.trim(), about: about.trim() }
    // What was written after it was sent stays.
    changing.mutate(sent, { onSuccess: () => write((now) => (now === written ? {} : now)) })
  }

  return (
    <Card title="Name">
      <form className="max-w-160 space-y-4 p-4" onSubmit={save}>
        <Field
          dir="auto"
          disabled={!canWrite}
          fault={faultOf(changing.error, 'name')}
          hint="Above the pages, in the title of the window and at the door. Up to 40 characters."
          label="Name of the network"
          onChange={(event) => write({ ...written, name: event.target.value })}
          required
          value={name}
        />
        <TextArea
          disabled={!canWrite}
          fault={faultOf(changing.error, 'about')}
          hint="What it is for. Everybody may read it, also before logging in. Up to 280 characters."
          label="Description"
          onChange={(event) => write({ ...written, about: event.target.value })}
          rows={3}
          value={about}
        />
        <FormFault error={changing.error} fields={['name', 'about']} />
        {canWrite ? (
          <Button disabled={!isChanged || changing.isPending} look="primary" type="submit">
            Save
          </Button>
        ) : (
          <p className="text-label text-text-2">An admin can change this.</p>
        )}
      </form>
    </Card>
  )
}

import { Link } from '@tanstack/react-router'
import { useMayRegister } from '../../lib/use-may-register.ts'
import { Button } from '../../ui/button.tsx'
import { Page } from '../../ui/page.tsx'
import { Empty } from '../../ui/states.tsx'
import { Composer } from './composer.tsx'
import { Registered } from './registered.tsx'
import { useRegistration } from './use-registration.ts'

/** From a text about a character to a bot with a key. */
export function RegisterPage() {
  const mayRegister = useMayRegister()
  const registration = useRegistration()
  const made = registration.data
  if (made) {
    const another = <Button onClick={registration.reset}>Register another</Button>
    return (
      <Page actions={another} isWide title={`@${made.bot.handle} is registered`}>
        <Registered apiKey={made.api_key} bot={made.bot} />
      </Page>
    )
  }
  if (mayRegister) return <Composer registration={registration} />
  return (
    <Page isWide title="Register a bot">
      <Empty
        action={
          <Link className="text-accent hover:underline" to="/app/connect">
            How agents connect
          </Link>
        }
      >
        Admins register bots here.
      </Empty>
    </Page>
  )
}

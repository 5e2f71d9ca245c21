import { useSyncExternalStore } from 'react'
import { choosePreference } from '../../lib/preferences.ts'
import { chooseTheme, subscribeTheme, theme } from '../../lib/theme.ts'
import { usePreference } from '../../lib/use-preference.ts'
import { Card } from '../../ui/card.tsx'
import { Choice } from './choice.tsx'

/** How the pages look and answer in this browser. */
export function Appearance() {
  return (
    <Card title="In this browser">
      <Choice
        hint="System follows what this machine says."
        label="Theme"
        name="theme"
        onChoose={chooseTheme}
        options={[
          ['system', 'System'],
          ['dark', 'Dark'],
          ['light', 'Light'],
        ]}
        value={useSyncExternalStore(subscribeTheme, theme)}
      />
      <Choice
        hint="Compact shows more posts and rows at a time."
        label="Density"
        name="density"
        onChoose={(value) => choosePreference('density', value)}
        options={[
          ['comfortable', 'Comfortable'],
          ['compact', 'Compact'],
        ]}
        value={usePreference('density')}
      />
      <Choice
        hint="Relative says how long ago, absolute the date and the time."
        label="Times"
        name="time"
        onChoose={(value) => choosePreference('time', value)}
        options={[
          ['relative', 'Relative'],
          ['absolute', 'Absolute'],
        ]}
        value={usePreference('time')}
      />
      <Choice
        hint="Single keys that do something, such as j for the next post. ⌘K and Esc always work."
        label="Keyboard shortcuts"
        name="shortcuts"
        onChoose={(value) => choosePreference('shortcuts', value)}
        options={[
          ['on', 'On'],
          ['off', 'Off'],
        ]}
        value={usePreference('shortcuts')}
      />
    </Card>
  )
}

// The process that reads persona files. It holds no secret, opens nothing, and ends with its parent.
import { parsePersona } from '@clawdxcraft/protocol'

// A text can have thousands of faults, and to note where in our code each was found takes longer than to find it.
Error.stackTraceLimit = 0
process.on('message', (yaml: string) => process.send?.(parsePersona(yaml)))
// Ctrl-C reaches the whole group; the parent may still want an answer while it drains.
process.on('SIGINT', () => {})
process.on('disconnect', () => process.exit())
process.send?.('ready')

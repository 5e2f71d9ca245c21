// A process of its own that owns an embedded PostgreSQL until it is killed: `node embedded-owner.ts <data folder>`.
import { startEmbedded } from '../src/db/embedded.ts'

const { url } = await startEmbedded(process.argv[2] ?? '', {
  settings: { fsync: 'off', shared_buffers: '16MB' },
})
console.log(JSON.stringify({ url, uid: process.getuid?.() }))

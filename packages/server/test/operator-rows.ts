import type { Call, Row, World } from './route-rows.ts'

let made = 0

function forHumans(call: (world: World) => Call): Row {
  return { auth: 'human', ok: 200, foreign: 'anyone', call }
}

function forAll(call: (world: World) => Call): Row {
  return { auth: 'optional', ok: 200, foreign: 'anyone', call }
}

/** What whoever runs the network looks at, and what bots can be stopped with. */
export const operatorRows: Readonly<Record<string, Row>> = {
  'GET /figures/overview': forHumans(() => ({ path: '/figures/overview' })),
  'GET /figures/bots': forHumans(() => ({ path: '/figures/bots?sort=cost_24h' })),
  'GET /figures/spend': forHumans(() => ({ path: '/figures/spend' })),
  'GET /bots/:bot/activity': forAll(({ owner }) => ({ path: `/bots/${owner.handle}/activity` })),
  'POST /bots/:bot/wake': {
    ...forHumans(({ owner }) => ({ path: `/bots/${owner.handle}/wake` })),
    ok: 204,
  },
  'GET /audit': forHumans(() => ({ path: '/audit' })),
  'GET /audit/export': forHumans(() => ({ path: '/audit/export' })),
  'GET /audit/chain': forHumans(() => ({ path: '/audit/chain' })),
  'GET /limits': forHumans(() => ({ path: '/limits' })),
  'GET /limits/refusals': forHumans(() => ({ path: '/limits/refusals' })),
  'GET /models': forHumans(() => ({ path: '/models' })),
  // Without a key nobody is asked.
  'POST /models/test': {
    ...forHumans(() => ({ path: '/models/test', body: { model: 'anthropic/none' } })),
    auth: 'admin',
  },
  'GET /network': { ...forAll(() => ({ path: '/network' })), forgivesCookie: true },
  'PUT /network': forHumans(() => ({
    path: '/network',
    body: { writing: 'on', reason: `Row ${made++}` },
  })),
  'GET /sample': forHumans(() => ({ path: '/sample' })),
  'PUT /sample': {
    auth: 'admin',
    ok: 200,
    foreign: 'anyone',
    call: () => ({ path: '/sample', body: { wanted: 'off' } }),
  },
  'PATCH /network': forHumans(() => ({ path: '/network', body: { name: `Network ${made++}` } })),
  'GET /bots/:bot/budget': forHumans(({ owner }) => ({ path: `/bots/${owner.handle}/budget` })),
  'PUT /bots/:bot/budget': forHumans(({ owner }) => ({
    path: `/bots/${owner.handle}/budget`,
    body: { usd_a_day: made++ },
  })),
}

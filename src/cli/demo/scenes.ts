/** The scenes of the demo, in order. Each sends real requests and waits until every pair it made is settled. */
import type { JsonObject } from '../../model/brand.ts'
import type { PartnerServer } from './partner-server.ts'
import { person, purchase } from './people.ts'

/** The actions available to a scene. */
export interface Stage {
  /** Posts events as one batch and checks the answer's status. */
  send(events: readonly JsonObject[], headers?: Readonly<Record<string, string>>): Promise<void>
  /** Opts a user out with only the write key; resolves once in force everywhere. */
  optOut(userId: string): Promise<void>
  /** Waits until attempts at this partner have failed. */
  failures(partner: string): Promise<void>
  readonly servers: ReadonlyMap<string, PartnerServer>
}

export interface Scene {
  readonly title: string
  play(stage: Stage): Promise<void>
}

/** The partner that goes down in the last scene. */
const DOWN = 'northwind'

export const SCENES: readonly Scene[] = [
  {
    title: 'Ana, California, allows tracking',
    play: ({ send }) => send([purchase(person('Ana'))]),
  },
  {
    title: 'Ben opted out with us a moment ago',
    play: async ({ send, optOut }) => {
      const ben = person('Ben')
      await optOut(ben.userId)
      await send([purchase(ben)])
    },
  },
  {
    title: 'Cleo sends Global Privacy Control',
    play: ({ send }) => send([purchase(person('Cleo'))], { 'sec-gpc': '1' }),
  },
  {
    title: "Dan's iPhone did not authorise tracking, and his advertising id is zeroed",
    play: ({ send }) =>
      send([
        purchase(
          person(
            'Dan',
            {},
            { attTrackingStatus: 2, adTrackingEnabled: false, advertisingId: '00000000-0000-0000-0000-000000000000' },
          ),
        ),
      ]),
  },
  {
    title: 'Eva is nine years old',
    play: ({ send }) => send([purchase(person('Eva', { traits: { age: 9 } }))]),
  },
  {
    title: 'Finn, Germany, no consent string',
    play: ({ send }) => send([purchase(person('Finn', { location: { country: 'DE', city: 'Berlin' } }))]),
  },
  {
    title: 'Gwen, somewhere: no country at all',
    play: ({ send }) => send([purchase(person('Gwen', { location: {} }))]),
  },
  {
    title: 'Hugo sends a malformed US Privacy string',
    play: ({ send }) => send([purchase(person('Hugo', { us_privacy: '1YQN' }))]),
  },
  {
    title: 'A batch with an event that is none, and one that comes twice',
    play: async ({ send }) => {
      const order = purchase(person('Iris'))
      await send([order, { type: 'track', event: 'No id at all' }, order])
    },
  },
  {
    title: `${DOWN} is down; Jack buys, then opts out, then ${DOWN} comes back`,
    play: async ({ send, optOut, failures, servers }) => {
      const jack = person('Jack')
      await servers.get(DOWN)?.goDown()
      await send([purchase(jack)])
      await failures(DOWN)
      await optOut(jack.userId)
      await servers.get(DOWN)?.comeBack()
    },
  },
]

/** What simulations work with in a running gateway. Holds no rules. */

import type { Choices } from '../choices/ports.ts'
import type { GatewayConfig } from '../contracts/config.ts'
import { readDraft } from '../contracts/draft.ts'
import type { EpochMs, Revision } from '../model/brand.ts'
import type { RegisteredType } from '../partners/kit/envelope-limits.ts'
import type { RevisionBook } from '../publish/revisions.ts'
import { createDecoders } from '../signals/decoders.ts'
import type { CountryReader } from '../signals/place.ts'
import type { SimulateDeps } from '../simulate/simulator.ts'
import { createWorld } from '../simulate/world.ts'
import type { Places } from './geoip.ts'
import type { Keys } from './keys.ts'
import type { Stores } from './stores.ts'

export interface SimulationParts {
  readonly config: Pick<GatewayConfig, 'allowLoopbackPartners'>
  readonly keys: Pick<Keys, 'pseudonym'>
  readonly types: ReadonlyMap<string, RegisteredType>
  readonly revisions: RevisionBook
  readonly choices: Pick<Choices, 'keyOf' | 'lookup'>
  readonly stores: Pick<Stores, 'intake'>
  readonly countryOf: CountryReader
  readonly places: Places
  readonly now: () => EpochMs
}

/** What simulations are made with: the very parts that delivery works with, and no wire. */
export function simulationDeps(given: SimulationParts): SimulateDeps {
  const { config, keys, types, revisions, choices, now } = given
  const { intake } = given.stores
  return {
    decoders: createDecoders(),
    countryOf: given.countryOf,
    placeOf: given.places.lookup,
    keyOf: (identity) => choices.keyOf(identity),
    current: () => revisions.current(),
    // Sound: whether it was published is what `at` answers.
    revisionAt: (number) => revisions.at(number as Revision),
    worldOf: (plan) =>
      createWorld(plan, { types, pseudonymKey: keys.pseudonym, stopped: (partner) => revisions.stopped(partner) }),
    readDraft: async (draft) => {
      const live = revisions.current()
      const texts = await revisions.texts(live.number)
      return readDraft(draft, live, { types, allowLoopback: config.allowLoopbackPartners, now: now(), texts })
    },
    recent: (before, max) => intake.recent(before, max),
    standingOf: ({ identityKeys }) => choices.lookup(identityKeys).standing,
    now,
  }
}

/**
 * What preparing for a partner needs, joined from the revisions: terms, encoder, pseudonyms. Built once for each
 * revision.
 */
import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import { boundTermsOf, isStaged, type Terms } from '../decide/terms.ts'
import type { AppId, IdentityKey, PartnerId, Revision } from '../model/brand.ts'
import type { ContractPlan, Levels, RevisionPlan } from '../model/contract.ts'
import type { AcceptedEvent } from '../model/event.ts'
import { FORGET_EVENT, RELAY_EVENT } from '../model/relay-map.ts'
import { type AppFacts, factsOf } from '../model/values.ts'
import type { EnvelopeLimits, RegisteredType } from '../partners/kit/envelope-limits.ts'
import type { Encoder } from '../partners/kit/type.ts'
import { type CompiledMap, compileMap } from '../transform/relay/request.ts'
import type { Pseudonymise } from '../transform/view.ts'
import type { Rules, RulesOverTime } from './judge.ts'
import type { PartnerParts } from './prepare.ts'

/** The revisions as parts need them; see `contracts/ports.ts`. */
interface RevisionSource {
  current(): RevisionPlan
  at(revision: Revision): RevisionPlan | undefined
  stopped(partner: PartnerId): boolean
}

/** What sending under one contract needs from its type. */
export interface Channel {
  readonly envelope: EnvelopeLimits
  /** True if the partner de-duplicates items. */
  readonly deduplicates: boolean
  /** False if a late event is worthless. */
  readonly waits: boolean
}

export interface Parts {
  forPartner(partner: PartnerId, event: AcceptedEvent): PartnerParts
  /** What may pass of a partner's own requests under its live contract. */
  relay(partner: PartnerId): CompiledMap | undefined
  rules(event: AcceptedEvent): RulesOverTime
  app(event: AcceptedEvent): AppFacts
  channel(contract: ContractPlan): Channel | undefined
}

/**
 * @param pseudonymKey 32 bytes; each partner's own key is derived from it, so that pseudonyms never match across
 * partners
 */
export function createParts(
  revisions: RevisionSource,
  types: ReadonlyMap<string, RegisteredType>,
  pseudonymKey: KeyObject,
): Parts {
  const termsByContract = new WeakMap<ContractPlan, { readonly live: Terms; readonly stopped: Terms }>()
  const encoders = new WeakMap<ContractPlan, Encoder>()
  const channels = new WeakMap<ContractPlan, Channel>()
  const relays = new WeakMap<ContractPlan, CompiledMap>()
  const pseudonymisers = new Map<PartnerId, Pseudonymise>()
  const rules = new WeakMap<RevisionPlan, Map<AppId, Rules>>()

  const abilitiesOf = (type: string): Levels | undefined => types.get(type)?.abilities
  const rolloutKey = derivedKey(pseudonymKey, 'sluice rollout')
  const termsFor = (contract: ContractPlan | undefined, stopped: boolean): Terms | undefined => {
    if (contract === undefined) return undefined
    let both = termsByContract.get(contract)
    if (both === undefined) {
      both = { live: boundTermsOf(contract, abilitiesOf, false), stopped: boundTermsOf(contract, abilitiesOf, true) }
      termsByContract.set(contract, both)
    }
    return stopped ? both.stopped : both.live
  }
  const encoderFor = (contract: ContractPlan | undefined): Encoder | undefined => {
    if (contract === undefined) return undefined
    let encoder = encoders.get(contract)
    if (encoder === undefined) {
      encoder = types.get(contract.type)?.encoder(contract.connection)
      if (encoder !== undefined) encoders.set(contract, encoder)
    }
    return encoder
  }
  const relayFor = (contract: ContractPlan | undefined): CompiledMap | undefined => {
    if (contract === undefined) return undefined
    const known = relays.get(contract)
    if (known !== undefined) return known
    const map = types.get(contract.type)?.redact?.(contract.connection)
    if (map === undefined) return undefined
    const names = Object.keys(contract.events[RELAY_EVENT]?.properties ?? {})
    const compiled = compileMap(map, names, Object.hasOwn(contract.events, FORGET_EVENT))
    relays.set(contract, compiled)
    return compiled
  }
  const rulesFor = (revision: RevisionPlan, app: AppId): Rules => {
    let byApp = rules.get(revision)
    if (byApp === undefined) {
      byApp = new Map()
      rules.set(revision, byApp)
    }
    let found = byApp.get(app)
    if (found === undefined) {
      const categories = revision.apps.find(({ id }) => id === app)?.consentCategories ?? NO_CATEGORIES
      found = { policy: revision.policy, categories }
      byApp.set(app, found)
    }
    return found
  }
  const pseudonymiserFor = (partner: PartnerId): Pseudonymise => {
    let pseudonymise = pseudonymisers.get(partner)
    if (pseudonymise === undefined) {
      pseudonymise = createPseudonymiser(pseudonymKey, partner)
      pseudonymisers.set(partner, pseudonymise)
    }
    return pseudonymise
  }

  return {
    forPartner: (partner, event) => {
      const current = contractIn(revisions.current(), partner)
      const accepted = contractIn(revisions.at(event.accepted.revision), partner)
      const terms = {
        accepted: termsFor(accepted, event.accepted.stopped?.includes(partner) === true),
        now: termsFor(current, revisions.stopped(partner)),
      }
      const staged = [terms.accepted, terms.now].some((each) => each !== undefined && isStaged(each))
      return {
        ...terms,
        point: staged ? pointOf(rolloutKey, partner, event.identityKeys[0]) : undefined,
        encoder: encoderFor(current),
        pseudonymise: pseudonymiserFor(partner),
        relay: relayFor(current),
      }
    },
    relay: (partner) => relayFor(contractIn(revisions.current(), partner)),
    rules: ({ app, accepted }) => {
      const current = revisions.current()
      const now = rulesFor(current, app)
      const then = revisions.at(accepted.revision)
      return { accepted: then === undefined || then === current ? now : rulesFor(then, app), now }
    },
    app: (event) => factsOf(revisions.current().apps.find(({ id }) => id === event.app) ?? { id: event.app }),
    channel: (contract) => {
      const known = channels.get(contract)
      const type = types.get(contract.type)
      if (known !== undefined || type === undefined) return known
      const channel = {
        envelope: type.envelopeLimits(contract.connection),
        deduplicates: type.deduplicates(contract.connection),
        waits: type.attempts === undefined,
      }
      channels.set(contract, channel)
      return channel
    },
  }
}

/** For an app that maps no category: any category it sends denies. */
const NO_CATEGORIES: Rules['categories'] = {}

function contractIn(revision: RevisionPlan | undefined, partner: PartnerId): ContractPlan | undefined {
  return revision?.contracts.find(({ id }) => id === partner)
}

/** `HMAC-SHA256(HKDF(pseudonym key, partner), value)`, 16 bytes, base64url after `p1.`. */
function createPseudonymiser(master: KeyObject, partner: PartnerId): Pseudonymise {
  const key = derivedKey(master, `sluice pseudonym ${partner}`)
  return (value) => `p1.${createHmac('sha256', key).update(value).digest().subarray(0, 16).toString('base64url')}`
}

/**
 * A subject's position in a partner's rollout, from 0 to below 100, uniform and stable: the first percent is part of
 * the first ten. Undefined without an identity.
 */
function pointOf(key: KeyObject, partner: PartnerId, subject: IdentityKey | undefined): number | undefined {
  if (subject === undefined) return undefined
  const digest = createHmac('sha256', key).update(`${partner}\0${subject}`).digest()
  return (digest.readUIntBE(0, 6) / 2 ** 48) * 100
}

function derivedKey(master: KeyObject, what: string): KeyObject {
  return createSecretKey(new Uint8Array(hkdfSync('sha256', master, '', what, 32)))
}

/** What preparing for a partner needs, joined from the revisions: terms, encoder, pseudonyms. Built once per revision. */
import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import { type Terms, termsOf } from '../decide/terms.ts'
import type { PartnerId, Revision } from '../model/brand.ts'
import type { ContractPlan, Policy, RevisionPlan } from '../model/contract.ts'
import type { AcceptedEvent } from '../model/event.ts'
import type { AppFacts } from '../model/values.ts'
import type { Encoder, PartnerType } from '../partners/type.ts'
import type { Pseudonymise } from '../transform/view.ts'
import type { PartnerParts } from './prepare.ts'

/** The revisions as parts need them; see `contracts/ports.ts`. */
interface RevisionSource {
  current(): RevisionPlan
  at(revision: Revision): RevisionPlan | undefined
  stopped(partner: PartnerId): boolean
}

export interface Parts {
  forPartner(partner: PartnerId, event: AcceptedEvent): PartnerParts
  policies(event: AcceptedEvent): { readonly accepted: Policy; readonly now: Policy }
  app(event: AcceptedEvent): AppFacts
  type(contract: ContractPlan): PartnerType | undefined
}

/** @param pseudonymKey 32 bytes; each partner's own key is derived from it, so that pseudonyms never match across partners */
export function createParts(
  revisions: RevisionSource,
  types: ReadonlyMap<string, PartnerType>,
  pseudonymKey: KeyObject,
): Parts {
  const termsByContract = new WeakMap<ContractPlan, { readonly live: Terms; readonly stopped: Terms }>()
  const encoders = new WeakMap<ContractPlan, Encoder>()
  const pseudonymisers = new Map<PartnerId, Pseudonymise>()

  const termsFor = (contract: ContractPlan | undefined, stopped: boolean): Terms | undefined => {
    if (contract === undefined) return undefined
    let both = termsByContract.get(contract)
    if (both === undefined) {
      const abilities = types.get(contract.type)?.abilities ?? {}
      both = { live: termsOf(contract, abilities, false), stopped: termsOf(contract, abilities, true) }
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
      return {
        accepted: termsFor(accepted, false),
        now: termsFor(current, revisions.stopped(partner)),
        encoder: encoderFor(current),
        pseudonymise: pseudonymiserFor(partner),
      }
    },
    policies: (event) => {
      const { policy } = revisions.current()
      return { accepted: revisions.at(event.accepted.revision)?.policy ?? policy, now: policy }
    },
    app: (event) => {
      const { id, bundle, platform } = revisions.current().apps.find(({ id }) => id === event.app) ?? { id: event.app }
      return { id, ...(bundle === undefined ? {} : { bundle }), ...(platform === undefined ? {} : { platform }) }
    },
    type: ({ type }) => types.get(type),
  }
}

function contractIn(revision: RevisionPlan | undefined, partner: PartnerId): ContractPlan | undefined {
  return revision?.contracts.find(({ id }) => id === partner)
}

/** `HMAC-SHA256(HKDF(pseudonym key, partner), value)`, 16 bytes, base64url behind `p1.`. */
function createPseudonymiser(master: KeyObject, partner: PartnerId): Pseudonymise {
  const key = createSecretKey(new Uint8Array(hkdfSync('sha256', master, '', `sluice pseudonym ${partner}`, 32)))
  return (value) => `p1.${createHmac('sha256', key).update(value).digest().subarray(0, 16).toString('base64url')}`
}

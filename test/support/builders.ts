/** Small builders for tests across units: a policy, a contract, an event, each with one part replaced. */
import type { AppId, EventRef, PartnerId, Revision } from '../../src/model/brand.ts'
import type { ContractPlan, Policy, Regime, RevisionPlan, Rule } from '../../src/model/contract.ts'
import type { AcceptedEvent } from '../../src/model/event.ts'
import { NO_STANDING } from '../../src/model/event.ts'
import { topOf } from '../../src/model/field-class.ts'
import { AGE_BANDS, type AgeBand, type Finding } from '../../src/model/signal.ts'

export const APP = 'messenger-ios' as AppId
export const PARTNER = 'northwind' as PartnerId

const everyBand = (rule: Rule, young: Rule = rule, child: Rule = young): Record<AgeBand, Rule> =>
  Object.fromEntries(
    AGE_BANDS.map((band) => [band, band === 'under_13' ? child : band === '13_15' ? young : rule]),
  ) as Record<AgeBand, Rule>

export const OPT_OUT_REGIME: Regime = {
  id: 'us',
  law: 'a test law',
  consentRequired: false,
  rules: {
    sale: everyBand('unless_opted_out', 'only_if_opted_in', 'never'),
    sharing: everyBand('unless_opted_out', 'only_if_opted_in', 'never'),
    targeted_advertising: everyBand('unless_opted_out', 'only_if_opted_in', 'never'),
    precise_location: everyBand('only_if_opted_in', 'only_if_opted_in', 'never'),
  },
}
export const OPT_IN_REGIME: Regime = {
  id: 'gdpr',
  law: 'another test law',
  consentRequired: true,
  rules: {
    sale: everyBand('only_if_opted_in'),
    sharing: everyBand('only_if_opted_in'),
    targeted_advertising: everyBand('only_if_opted_in'),
    precise_location: everyBand('only_if_opted_in'),
  },
}

export function policy(part: Partial<Policy> = {}): Policy {
  return {
    date: '2018-05-22',
    regimes: { us: OPT_OUT_REGIME, gdpr: OPT_IN_REGIME },
    places: { US: 'us', DE: 'gdpr' },
    defaultRegime: 'gdpr',
    minAreaKm2: 5,
    honour: { dnt: false, gpc: true },
    ...part,
  }
}

export function contract(part: Partial<ContractPlan> = {}): ContractPlan {
  return {
    id: PARTNER,
    name: 'Northwind Ads',
    type: 'webhook',
    role: 'third_party',
    purposes: ['measurement'],
    countries: ['US'],
    consentCategories: [],
    privacyPolicy: 'https://northwind.example/privacy',
    contact: 'privacy@northwind.example',
    apps: [APP],
    events: { 'Order Completed': { as: 'purchase', properties: { revenue: 'value', 'traits.plan': 'plan' } } },
    share: { advertising_id: topOf('advertising_id'), os: topOf('os') },
    whenRestricted: { send: 'limited', share: { os: 1 } },
    connection: { url: 'https://northwind.example/hooks' },
    limits: { perSecond: 1_000, concurrency: 8, timeoutMs: 3_000, batch: 20, lingerMs: 0, attempts: 5 },
    ...part,
  }
}

export function revision(part: Partial<RevisionPlan> = {}): RevisionPlan {
  return {
    number: 1 as Revision,
    digest: '0'.repeat(64),
    activatedAt: 0,
    publication: { author: 'files', message: '', approvals: [], parent: 0, change: 'first' },
    policy: policy(),
    apps: [{ id: APP, name: 'Messenger', writeKeys: ['key'], retiredKeys: [] }],
    contracts: [contract()],
    ...part,
  }
}

export function acceptedEvent(part: Partial<AcceptedEvent> = {}): AcceptedEvent {
  return {
    app: APP,
    eventRef: '0123456789abcdef0123456789abcdef' as EventRef,
    kind: 'track',
    eventKey: 'Order Completed',
    receivedAt: 1_700_000_000_000,
    identityKeys: [],
    fields: {},
    tainted: [],
    signals: { country: ['US'] },
    accepted: { revision: 1 as Revision, standing: NO_STANDING },
    ...part,
  }
}

export function finding(part: Partial<Finding>): Finding {
  return {
    signal: 'choice',
    denies: 0,
    permits: 0,
    deviceLimit: false,
    child: false,
    countryOnly: false,
    withdrawal: false,
    why: 'choice',
    ...part,
  }
}

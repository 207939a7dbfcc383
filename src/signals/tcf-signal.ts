/**
 * IAB consent strings, Europe's and Canada's, with their supplements: in-app copies, Additional Consent, and whether GDPR
 * applies. Whether a string counts depends on the place; a malformed one denies everywhere.
 */
import type { Signal } from '../model/signal.ts'
import { readCanadianConsent, readConsent } from './consent-strings.ts'
import { blocked, eachText, noStates, type SignalEntry } from './entry.ts'
import { readGdprApplies } from './gdpr-applies.ts'
import { parseSwitch } from './switches.ts'
import type { TcString } from './tcf.ts'
import { checkTcString } from './tcf-consent.ts'

const MALFORMED = blocked('tcf')

export const TCF: SignalEntry = {
  reason: 'tcf',
  does: 'Where the law asks for consent: opens each partner by its vendor and purposes; purpose 1 refused denies advertising.',
  read: {
    tcf: { keys: ['tcf', 'tcString', 'gdpr_consent', 'gdprConsent'], inApp: 'IABTCF_TCString' },
    gdpr_applies: { keys: ['gdpr', 'gdprApplies'], inApp: 'IABTCF_gdprApplies' },
    addtl_consent: { keys: ['addtlConsent', 'addtl_consent'], inApp: 'IABTCF_AddtlConsent' },
    tcf_purposes: { inApp: 'IABTCF_PurposeConsents' },
    tcf_vendors: { inApp: 'IABTCF_VendorConsents' },
    tcf_features: { inApp: 'IABTCF_SpecialFeaturesOptIns' },
  },
  rule: (raw, { gpp, findings, consent }, { decoders, from, until }) => {
    const european =
      raw.tcf === undefined ? gpp.european : [...raw.tcf.map((text) => decoders.tcf(text)), ...gpp.european]
    for (const decoded of european) if (decoded.state === 'invalid') findings.push(MALFORMED)
    consent.gdpr = gpp.saysGdpr ? 'applies' : readGdprApplies(raw.gdpr_applies)
    if (european.length > 0 || gpp.canadian.length > 0)
      consent.european = readConsent(european, { from, until }, decoders, {
        purposes: raw.tcf_purposes,
        vendors: raw.tcf_vendors,
        features: raw.tcf_features,
        addtlConsent: raw.addtl_consent,
      })
    if (gpp.canadian.length > 0) consent.canadian = readCanadianConsent(gpp.canadian, { from, until }, decoders)
  },
  describe: ({ tcf, addtl_consent, gdpr_applies }, { decoders, until }) => [
    ...eachText('tcf', tcf, (text) => dated(decoders.tcf(text), until), shownTc),
    ...eachText('addtl_consent', addtl_consent, decoders.addtlConsent, (ids) => [...ids]),
    ...eachText('gdpr_applies', gdpr_applies, parseSwitch),
  ],
  states: noStates,
}

/** A decodable string that has expired is shown as expired. */
export function dated(decoded: Signal<TcString>, at: number): Signal<TcString> {
  return decoded.state === 'valid' ? checkTcString(decoded.value, at) : decoded
}

/** Vendor lists have a thousand entries, so only their sizes are shown. */
export function shownTc(tc: TcString): unknown {
  const {
    vendorConsents,
    vendorLegitimateInterests,
    disclosedVendors,
    publisherRestrictions,
    created,
    lastUpdated,
    ...plain
  } = tc
  return {
    ...plain,
    created: new Date(created).toISOString(),
    lastUpdated: new Date(lastUpdated).toISOString(),
    specialFeatures: numbers(tc.specialFeatures),
    purposesConsent: numbers(tc.purposesConsent),
    purposesLegitimateInterest: numbers(tc.purposesLegitimateInterest),
    vendorsConsented: vendorConsents.ids().length,
    vendorsLegitimateInterest: vendorLegitimateInterests.ids().length,
    vendorsDisclosed: disclosedVendors?.ids().length ?? 'no list',
    publisherRestrictions: publisherRestrictions.length,
  }
}

function numbers(bits: number): number[] {
  return Array.from({ length: 30 }, (_, index) => index + 1).filter((number) => (bits & (1 << (number - 1))) !== 0)
}

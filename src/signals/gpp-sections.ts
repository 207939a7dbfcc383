/**
 * The US sections of GPP, 7 to 27 (6 is the US Privacy string): field order and differences in meaning, from IAB Tech Lab's
 * section specifications as of October 2025; field names are theirs.
 *
 * Every field is two bits wide except the version, six. `Name:n` is a list of n.
 */
import type { AgeBand, DimensionBits } from '../model/signal.ts'
import { ADVERTISING_DIMENSIONS, SALE, SHARING, TARGETED_ADVERTISING } from '../model/signal.ts'

/** One item of `KnownChildSensitiveDataConsents`. */
export interface ChildItem {
  readonly band: AgeBand
  readonly covers: DimensionBits
}

export interface UsSectionSpec {
  readonly id: number
  /** The client-side API prefix. */
  readonly name: string
  /** Fields after the version, by section version. */
  readonly layouts: Readonly<Record<number, string>>
  /** True if a section header lists the subsections (MD, IN, KY, RI). */
  readonly hasHeader: boolean
  /** The content of the optional segment. */
  readonly segment: 'gpc' | 'sensitive' | 'none'
  /** 1-based item of `SensitiveDataProcessing` for precise location; undefined if there is none. */
  readonly preciseItem: number | undefined
  readonly children: readonly ChildItem[]
  /** California: "share" is cross-context behavioural advertising (Cal. Civ. Code 1798.140(ah)). */
  readonly sharingIsTargeting: boolean
}

const CHILD: ChildItem = { band: 'under_13', covers: ADVERTISING_DIMENSIONS }
const TEEN: ChildItem = { band: '13_15', covers: ADVERTISING_DIMENSIONS }
const OLDER_TEEN: ChildItem = { band: '16_17', covers: ADVERTISING_DIMENSIONS }
const TEEN_SALE: ChildItem = { band: '13_15', covers: SALE | SHARING }
const TEEN_TARGETING: ChildItem = { band: '13_15', covers: TARGETED_ADVERTISING }
const OLDER_TEEN_SALE: ChildItem = { band: '16_17', covers: SALE | SHARING }
const OLDER_TEEN_TARGETING: ChildItem = { band: '16_17', covers: TARGETED_ADVERTISING }

const MSPA = 'MspaCoveredTransaction MspaOptOutOptionMode MspaServiceProviderMode'
const OPT_OUTS = 'SaleOptOut TargetedAdvertisingOptOut'
const OPT_OUT_NOTICES = 'SaleOptOutNotice TargetedAdvertisingOptOutNotice'
const ADDITIONAL = 'AdditionalDataProcessingConsent'

/** Sections 13 to 23 with a processing notice differ only in these counts. */
const withProcessingNotice = (sensitive: number, children: number): string =>
  `ProcessingNotice ${OPT_OUT_NOTICES} ${OPT_OUTS} SensitiveDataProcessing:${sensitive} ${child(children)} ${ADDITIONAL} ${MSPA}`
const child = (count: number): string =>
  count === 1 ? 'KnownChildSensitiveDataConsents' : `KnownChildSensitiveDataConsents:${count}`
const national = (sensitive: number, children: number): string =>
  `SharingNotice SaleOptOutNotice SharingOptOutNotice TargetedAdvertisingOptOutNotice SensitiveDataProcessingOptOutNotice SensitiveDataLimitUseNotice SaleOptOut SharingOptOut TargetedAdvertisingOptOut SensitiveDataProcessing:${sensitive} KnownChildSensitiveDataConsents:${children} PersonalDataConsents ${MSPA}`
const withHeader = (fields: string): string =>
  `MspaCoveredTransaction MspaMode ProcessingNotice ${OPT_OUT_NOTICES} ${OPT_OUTS} ${fields}`

const SECTION: Pick<UsSectionSpec, 'hasHeader' | 'segment' | 'preciseItem' | 'children' | 'sharingIsTargeting'> = {
  hasHeader: false,
  segment: 'gpc',
  preciseItem: 8,
  children: [CHILD],
  sharingIsTargeting: false,
}
const TEENS_BY_ACTIVITY = [CHILD, TEEN_SALE, TEEN_TARGETING]
const ALL_TEENS_BY_ACTIVITY = [...TEENS_BY_ACTIVITY, OLDER_TEEN_SALE, OLDER_TEEN_TARGETING]

/** National section, version 1 in the newer lengths, which some encoders write. */
export const NATIONAL_LONG_LAYOUT = national(16, 3)

export const US_SECTIONS: readonly UsSectionSpec[] = [
  // Version 1 lists 13–16 first, then under 13; version 2 adds 16–17.
  {
    ...SECTION,
    id: 7,
    name: 'usnat',
    layouts: { 1: national(12, 2), 2: NATIONAL_LONG_LAYOUT },
    children: [TEEN, CHILD, OLDER_TEEN],
  },
  {
    ...SECTION,
    id: 8,
    name: 'usca',
    layouts: {
      1: `SaleOptOutNotice SharingOptOutNotice SensitiveDataLimitUseNotice SaleOptOut SharingOptOut SensitiveDataProcessing:9 KnownChildSensitiveDataConsents:2 PersonalDataConsents ${MSPA}`,
    },
    preciseItem: 3,
    // Consent to sell, then to share, the data of consumers under 16.
    children: [
      { band: '13_15', covers: SALE },
      { band: '13_15', covers: SHARING | TARGETED_ADVERTISING },
    ],
    sharingIsTargeting: true,
  },
  {
    ...SECTION,
    id: 9,
    name: 'usva',
    layouts: { 1: `SharingNotice ${OPT_OUT_NOTICES} ${OPT_OUTS} SensitiveDataProcessing:8 ${child(1)} ${MSPA}` },
    segment: 'none',
  },
  {
    ...SECTION,
    id: 10,
    name: 'usco',
    layouts: { 1: `SharingNotice ${OPT_OUT_NOTICES} ${OPT_OUTS} SensitiveDataProcessing:7 ${child(1)} ${MSPA}` },
    preciseItem: undefined,
  },
  {
    ...SECTION,
    id: 11,
    name: 'usut',
    layouts: {
      1: `SharingNotice ${OPT_OUT_NOTICES} SensitiveDataProcessingOptOutNotice ${OPT_OUTS} SensitiveDataProcessing:8 ${child(1)} ${MSPA}`,
    },
    segment: 'none',
  },
  {
    ...SECTION,
    id: 12,
    name: 'usct',
    layouts: { 1: `SharingNotice ${OPT_OUT_NOTICES} ${OPT_OUTS} SensitiveDataProcessing:8 ${child(3)} ${MSPA}` },
    children: TEENS_BY_ACTIVITY,
  },
  {
    ...SECTION,
    id: 13,
    name: 'usfl',
    layouts: { 1: withProcessingNotice(8, 3) },
    segment: 'none',
    children: [CHILD, TEEN, OLDER_TEEN],
  },
  {
    ...SECTION,
    id: 14,
    name: 'usmt',
    layouts: {
      1: `SharingNotice ${OPT_OUT_NOTICES} ${OPT_OUTS} SensitiveDataProcessing:8 ${child(3)} ${ADDITIONAL} ${MSPA}`,
    },
    children: TEENS_BY_ACTIVITY,
  },
  {
    ...SECTION,
    id: 15,
    name: 'usor',
    layouts: { 1: withProcessingNotice(11, 3) },
    preciseItem: 11,
    children: TEENS_BY_ACTIVITY,
  },
  { ...SECTION, id: 16, name: 'ustx', layouts: { 1: withProcessingNotice(8, 1) } },
  {
    ...SECTION,
    id: 17,
    name: 'usde',
    layouts: { 1: withProcessingNotice(9, 5) },
    preciseItem: 9,
    children: ALL_TEENS_BY_ACTIVITY,
  },
  {
    ...SECTION,
    id: 18,
    name: 'usia',
    layouts: {
      1: `ProcessingNotice ${OPT_OUT_NOTICES} SensitiveDataOptOutNotice ${OPT_OUTS} SensitiveDataProcessing:8 ${child(1)} ${MSPA}`,
    },
  },
  { ...SECTION, id: 19, name: 'usne', layouts: { 1: withProcessingNotice(8, 1) } },
  { ...SECTION, id: 20, name: 'usnh', layouts: { 1: withProcessingNotice(8, 3) }, children: TEENS_BY_ACTIVITY },
  // New Jersey's older band is 16 only; a 17-year-old is then treated as 16.
  { ...SECTION, id: 21, name: 'usnj', layouts: { 1: withProcessingNotice(10, 5) }, children: ALL_TEENS_BY_ACTIVITY },
  { ...SECTION, id: 22, name: 'ustn', layouts: { 1: withProcessingNotice(8, 1) } },
  { ...SECTION, id: 23, name: 'usmn', layouts: { 1: withProcessingNotice(8, 1) } },
  {
    ...SECTION,
    id: 24,
    name: 'usmd',
    layouts: { 1: withHeader(ADDITIONAL) },
    hasHeader: true,
    preciseItem: undefined,
    children: [],
  },
  {
    ...SECTION,
    id: 25,
    name: 'usin',
    layouts: { 1: withHeader(`${child(1)} ${ADDITIONAL}`) },
    hasHeader: true,
    segment: 'sensitive',
  },
  {
    ...SECTION,
    id: 26,
    name: 'usky',
    layouts: { 1: withHeader(`${child(1)} ${ADDITIONAL}`) },
    hasHeader: true,
    segment: 'sensitive',
  },
  {
    ...SECTION,
    id: 27,
    name: 'usri',
    layouts: { 1: withHeader(`${child(1)} ${ADDITIONAL}`) },
    hasHeader: true,
    segment: 'sensitive',
  },
]

/** Findings of GPP strings: each section in force by its own rules, the strictest of all. */
import {
  ADVERTISING_DIMENSIONS,
  ALL_DIMENSIONS,
  type DimensionBits,
  type Finding,
  invalid,
  SENSITIVE_DATA,
  type Signal,
} from '../model/signal.ts'
import { type Decoders, type GppSection, readGppSection } from './decoders.ts'
import { parseSectionList } from './gpp.ts'
import type { UsMeaning } from './gpp-meaning.ts'
import type { TcString } from './tcf.ts'

export interface GppFindings {
  readonly findings: readonly Finding[]
  /** Dimensions that the user explicitly did not opt out of, if nothing restricts; 0 if the user was not asked. */
  readonly clear: DimensionBits
  /** Texts that belong to another signal: section 6 is a US Privacy string. */
  readonly usPrivacy: readonly string[]
  readonly european: readonly Signal<TcString>[]
  readonly canadian: readonly Signal<TcString>[]
  /** True if the sender lists the European section as in force: it thereby states that GDPR applies. */
  readonly saysGdpr: boolean
}

const PLAIN = {
  signal: 'gpp',
  denies: 0,
  permits: 0,
  deviceLimit: false,
  child: false,
  countryOnly: false,
  withdrawal: false,
} as const
const BLOCKED: Finding = { ...PLAIN, denies: ALL_DIMENSIONS, why: 'signal_invalid' }

export interface GppTexts {
  readonly gpp?: readonly string[] | undefined
  readonly gpp_sid?: readonly string[] | undefined
  readonly gpp_section?: readonly string[] | undefined
}

/**
 * `gpp_sid` lists the sections in force; without it, all that were sent. A section that is listed but missing, or in force but
 * unreadable or unknown, denies.
 * @param gpcCounts whether the policy honours Global Privacy Control
 */
export function findGpp(texts: GppTexts, gpcCounts: boolean, decoders: Decoders): GppFindings {
  const findings: Finding[] = []
  const usPrivacy: string[] = []
  const european: Signal<TcString>[] = []
  const canadian: Signal<TcString>[] = []
  let stated: DimensionBits = 0
  const sections: GppSection[] = []
  for (const text of texts.gpp ?? []) {
    const reading = decoders.gpp(text)
    if (reading.state === 'invalid') findings.push(BLOCKED)
    if (reading.state === 'valid') sections.push(...reading.value.sections)
  }
  for (const text of texts.gpp_section ?? []) sections.push(readGppSection(text))

  let listed: Set<number> | undefined
  for (const text of texts.gpp_sid ?? []) {
    const list = parseSectionList(text)
    if (list === undefined) continue
    if (list.malformed) findings.push(BLOCKED)
    listed ??= new Set()
    for (const id of list.ids) listed.add(id)
  }
  if (listed !== undefined) {
    for (const id of listed) if (!sections.some((section) => section.id === id)) findings.push(BLOCKED)
  }

  for (const section of sections) {
    if (listed !== undefined && !listed.has(section.id)) continue
    switch (section.kind) {
      case 'tcf':
        european.push(section.text === '' ? invalid('empty') : decoders.tcf(section.text))
        break
      case 'tcf_canada':
        canadian.push(section.decoded)
        break
      case 'us_privacy':
        if (section.text === '') findings.push(BLOCKED)
        else usPrivacy.push(section.text)
        break
      case 'us':
        if (section.meaning.state === 'valid') {
          findings.push(...findingsOfUsSection(section.meaning.value, gpcCounts))
          stated |= section.meaning.value.agreed
        } else findings.push(BLOCKED)
        break
      default:
        findings.push(BLOCKED)
    }
  }
  return {
    findings,
    clear: findings.length === 0 ? stated : 0,
    usPrivacy,
    european,
    canadian,
    saysGdpr: listed?.has(2) === true,
  }
}

export function findingsOfUsSection(
  { optedOut, restricted, contradicted, gpc, sensitiveRefused, band, lifted }: UsMeaning,
  gpcCounts: boolean,
): Finding[] {
  const found: Finding[] = []
  if (optedOut !== 0) found.push({ ...PLAIN, denies: optedOut, withdrawal: true, why: 'gpp' })
  if (gpc && gpcCounts) found.push({ ...PLAIN, denies: ADVERTISING_DIMENSIONS, withdrawal: true, why: 'gpc' })
  if (restricted !== 0) found.push({ ...PLAIN, denies: restricted, why: 'gpp' })
  if (contradicted !== 0) found.push({ ...PLAIN, denies: contradicted, why: 'signal_invalid' })
  if (sensitiveRefused) found.push({ ...PLAIN, denies: SENSITIVE_DATA, withdrawal: true, why: 'gpp' })
  if (band === 'under_13')
    found.push({ ...PLAIN, denies: ALL_DIMENSIONS, child: true, band, withdrawal: true, why: 'child' })
  else if (band !== undefined) found.push({ ...PLAIN, band, lifts: lifted, why: 'agreed' })
  return found
}

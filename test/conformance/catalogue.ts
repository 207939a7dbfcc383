/** The kinds of records: who judges each, which are not applicable and why, and where Sluice is looser on purpose. */
import { judgePrecedence, judgeRequest } from './decisions.ts'
import { judgeGdprFlag, judgeGpc, judgeIosLimit } from './devices.ts'
import { judgeBrokenSection, judgeBrokenString, judgeList, judgeSaleOptOut, judgeSection, judgeString } from './gpp.ts'
import { at, type Field, type Judge, textAt, type VectorRecord } from './judgement.ts'
import { isMapped, judgeMask, judgeParse, judgeRounding } from './places.ts'
import { judgeBrokenTcString, judgeDisclosedRule, judgeTcString } from './tcf.ts'
import { judgeEnforcement, judgeUsPrivacy } from './us-privacy.ts'
import { judgeActivity } from './usnat.ts'

export const JUDGES: Readonly<Record<string, Judge>> = {
  usp_string: judgeUsPrivacy,
  usp_string_lenient: judgeUsPrivacy,
  usp_string_strict: judgeUsPrivacy,
  usp_enforce: judgeEnforcement,
  ios_lmt: judgeIosLimit,
  gpc_header: judgeGpc,
  gdpr_flag: judgeGdprFlag,
  ip_mask: judgeMask,
  ip_parse: judgeParse,
  geo_round: judgeRounding,
  ortb_enforce: judgeRequest,
  usnat_activity: judgeActivity,
  signal_precedence: judgePrecedence,
  tcf23_valid: judgeDisclosedRule,
  gpp_section: judgeSection,
  gpp_string: judgeString,
  gpp_sid_list: judgeList,
  gpp_us_sale_opt_out: judgeSaleOptOut,
  gpp_section_invalid: judgeBrokenSection,
  gpp_string_invalid: judgeBrokenString,
  tc_string: judgeTcString,
  tc_invalid: judgeBrokenTcString,
}

/** Kind → why no record of it can be judged. */
export const NOT_APPLICABLE: Readonly<Record<string, string>> = {
  ip_public:
    'Sluice does not sort addresses into public and private: a contract grants a width, and every address is cut to it.',
  ortb_scrub:
    'One activity of a peer’s account settings, switched on or off, with its own masks; Sluice has no such switches: a verdict and a contract decide every field (see ortb_enforce).',
  ortb_scrub_step:
    'One step of a peer’s scrubber on its own, on fields that a step leaves alone; Sluice builds what leaves from an allow-list and has no steps that remove.',
}

/** A difference in which Sluice lets more through than the record, on purpose. */
export interface LooserRule {
  readonly id: string
  readonly why: string
  /** True where the rule explains this field of this record. */
  readonly explains: (record: VectorRecord, field: Field) => boolean
}

export const LOOSER: readonly LooserRule[] = [
  {
    id: 'us-default-is-to-share',
    why: 'A US state where no signal came: the law gives an opt-out, not an opt-in, so the regime’s default is to share.',
    explains: ({ kind, input }, { name }) =>
      kind === 'signal_precedence' &&
      name === 'identifierAllowed' &&
      isUs(input) &&
      ['usPrivacy', 'tcfPurpose1', 'gppUsSaleOptOut'].every((key) => at(input, key) === undefined) &&
      at(input, 'gpc') !== true,
  },
  {
    id: 'tcf-counts-where-gdpr-applies',
    why: 'A TC string counts only where GDPR applies or its scope is unknown; in a US state it says nothing, and nobody said no.',
    explains: ({ kind, input }) =>
      kind === 'signal_precedence' &&
      isUs(input) &&
      at(input, 'tcfPurpose1') === false &&
      at(input, 'gpc') !== true &&
      at(input, 'gppUsSaleOptOut') !== true,
  },
  {
    id: 'consent-is-no-refusal',
    why: 'The specification of the US National section says that 2 is consent; the peer reads some consents as refusals, because it cannot tell how they were asked for.',
    explains: ({ kind, input }) => kind === 'usnat_activity' && saysConsent(at(input, 'fields')),
  },
  {
    id: 'mapped-address-is-ipv4',
    why: 'An IPv4-mapped IPv6 address is an IPv4 address, and is cut to the IPv4 width of the contract.',
    explains: ({ kind, input }) =>
      (kind === 'ip_parse' || kind === 'ip_mask') && isMapped(typeof input === 'string' ? input : textAt(input, 'ip')),
  },
  {
    id: 'peer-account-rules',
    why: 'The peer’s publisher wrote rules of its own that name the partner; here the partner’s contract says what it gets.',
    explains: ({ kind, input }) =>
      kind === 'ortb_enforce' &&
      (at(input, 'config', 'accountPrivacy') !== undefined ||
        at(input, 'request', 'ext', 'prebid', 'data', 'eidpermissions') !== undefined),
  },
]

function isUs(input: unknown): boolean {
  return textAt(input, 'jurisdiction').startsWith('US-')
}

/** True where the section holds a consent that the peer takes for a refusal. */
function saysConsent(fields: unknown): boolean {
  const items = at(fields, 'SensitiveDataProcessing')
  return at(fields, 'PersonalDataConsents') === 2 || (Array.isArray(items) && items.includes(2))
}

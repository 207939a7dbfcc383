/** Global Privacy Platform: strings, sections sent separately, and the list of sections in force. */

import { type GppSection, readGppSection } from './decoders.ts'
import { type DescribedSignal, described, lift, noStates, type SignalContext, type SignalEntry } from './entry.ts'
import { parseSectionList } from './gpp.ts'
import { dated, shownTc } from './tcf-signal.ts'
import { parseUsPrivacy } from './us-privacy.ts'

export const GPP: SignalEntry = {
  reason: 'gpp',
  does: 'Each section in force by its own rule, the strictest of all; unreadable denies everything.',
  read: {
    gpp: { keys: ['gpp', 'gppString'], inApp: 'IABGPP_HDR_GppString' },
    gpp_sid: { keys: ['gpp_sid', 'gppSid'], inApp: 'IABGPP_GppSID' },
    // `IABGPP_7_String`, one key per section.
    gpp_section: {},
  },
  rule: (_, found) => {
    found.findings.push(...found.gpp.findings)
    if (found.gpp.clear !== 0) lift('gpp', found.gpp.clear, found)
  },
  describe: ({ gpp = [], gpp_section = [], gpp_sid = [] }, context) => [
    ...gpp.flatMap((text) => {
      const reading = context.decoders.gpp(text)
      return [
        described('gpp', reading, (value) => value.sections.map(({ id }) => id)),
        ...(reading.state === 'valid' ? reading.value.sections.flatMap((section) => shown(section, context)) : []),
      ]
    }),
    ...gpp_section.flatMap((text) => shown(readGppSection(text), context)),
    ...gpp_sid.map(shownList),
  ],
  states: noStates,
}

function shown(section: GppSection, { decoders, until }: SignalContext): readonly DescribedSignal[] {
  switch (section.kind) {
    case 'us': {
      const { decoded, meaning } = section
      const signal = `gpp ${decoded.state === 'valid' ? decoded.value.spec.name : `section ${section.id}`}`
      const values = described(signal, decoded, ({ fields, gpc }) => ({ ...fields, Gpc: gpc ?? 'not said' }))
      return decoded.state === 'valid' && meaning.state === 'invalid' ? [values, described(signal, meaning)] : [values]
    }
    case 'us_privacy':
      return [described('gpp uspv1', parseUsPrivacy(section.text))]
    case 'tcf':
      return [described('gpp tcfeuv2', dated(decoders.tcf(section.text), until), shownTc)]
    case 'tcf_canada':
      return [described('gpp tcfcav1', dated(section.decoded, until), shownTc)]
    default:
      return [{ signal: `gpp section ${section.id}`, state: 'invalid', problem: 'an unknown section' }]
  }
}

function shownList(text: string): DescribedSignal {
  const list = parseSectionList(text)
  if (list === undefined) return { signal: 'gpp_sid', state: 'absent' }
  if (list.malformed) return { signal: 'gpp_sid', state: 'invalid', problem: 'not a list of section ids' }
  return { signal: 'gpp_sid', state: 'valid', value: list.ids }
}

/** A template for a new contract: the type's sample connection, and the minimum the type needs. */
import { stringify } from 'yaml'
import { FIELD_CLASSES, type FieldClass } from '../model/field-class.ts'
import type { RegisteredType } from '../partners/kit/envelope-limits.ts'

/** Coarse where a class allows it: a new contract should grant little. */
const FIRST_TREATMENTS: Readonly<Partial<Record<FieldClass, unknown>>> = { ip: [24, 48], place: 'country' }

/** YAML with comments on what to fill in. @param id lower-case letters, digits, - and _ */
export function starterContract(type: RegisteredType, id: string, apps: readonly string[]): string {
  const { connection, view } = type.sample
  const classes = FIELD_CLASSES.filter((name) => name in view && name in type.abilities)
  const share = Object.fromEntries(classes.map((name) => [name, FIRST_TREATMENTS[name] ?? 'pass']))
  const flow = (value: unknown): string =>
    stringify(value, { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: true }).trimEnd()
  return `# yaml-language-server: $schema=../schema/partner.json
# Every key: docs/config.md. The connection's own: docs/partners/${type.type}.md. A class that share does not name never leaves.

id: ${id}
name: ${`${id} `.padEnd(42)}# fill in: for people
type: ${type.type}
role: third_party                               # service_provider needs an agreement: { ref, until }
purposes: [measurement]                         # fill in: every one of them must be permitted
countries: [US]                                 # fill in: where it processes
tcf_vendor: 0                                   # fill in: its number in IAB's vendor list; 0 for none
privacy_policy: https://partner.example/privacy # fill in
contact: privacy@partner.example                # fill in: whom to call about this contract
apps: ${flow(apps)}
events:
  Order Completed: { as: purchase, properties: { revenue: value } }
share: ${flow(share)}${classes.length > 0 ? '   # what the type cannot do without' : ''}
when_restricted: { send: nothing }              # limited, with a share of its own, sends less instead
${notifyLine(type)}connection:                                     # fill in: these are examples
${stringify(connection, { lineWidth: 0 }).trimEnd().replace(/^/gm, '  ')}
`
}

/** Off, but present, so that the author sees the option. */
function notifyLine({ notices }: RegisteredType): string {
  const calls = notices?.calls ?? {}
  const could = [
    ...(calls.opt_out === undefined ? [] : ['opt_out']),
    ...(calls.erase === undefined ? [] : ['deletion']),
  ]
  if (could.length === 0) return ''
  return `${'notify: off'.padEnd(48)}# the partner can be told: ${could.join(', ')} (docs/notices.md)\n`
}

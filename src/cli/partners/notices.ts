/** The part of a type's page that says what its partner can be told of a person, and by which call. */
import type { FieldClass } from '../../model/field-class.ts'
import type { RegisteredType } from '../../partners/kit/envelope-limits.ts'
import { type NoticeAbilities, type NoticeAbility, TOLD_VERBS, type ToldVerb } from '../../partners/kit/notices.ts'
import type { Connection } from '../../partners/kit/type.ts'

const VERBS: Readonly<Record<ToldVerb, string>> = {
  opt_out: 'an opt-out',
  opt_in: 'the lifting of an opt-out',
  erase: 'a deletion',
}
const SAMPLE = {
  id: '5f2b2c1e-8f0a-4c55-9d3e-2f1f0e7d6c5b',
  app: { id: 'shop-ios', bundle: 'com.example.shop', platform: 'ios' },
  day: '2026-11-30',
  today: '2026-11-30',
  callback: undefined,
} as const
const VALUE = '6d92078a-8246-4ba4-ae5b-76104861e7dc'

/** Undefined for a type of which nobody has looked. */
export function noticesSection({ notices, sample }: RegisteredType): string | undefined {
  if (notices === undefined) return undefined
  const able = TOLD_VERBS.flatMap((verb) => {
    const call = notices.calls[verb]
    return call === undefined ? [] : [[verb, call] as const]
  })
  return [
    ...(able.length === 0 ? ['Nothing: it has no such interface.'] : table(able, sample.connection)),
    ...(notices.otherwise === '' ? [] : ['', notices.otherwise]),
    ...(able.length === 0 ? [] : ['', ...example(notices, sample.connection)]),
  ].join('\n')
}

function table(able: readonly (readonly [ToldVerb, NoticeAbility])[], connection: Connection): readonly string[] {
  const rows = able.map(([verb, call]) => {
    const twice = call.idempotent(connection) ? 'the same as once' : 'is not assumed to be the same as once'
    const end = call.under(connection)?.status === undefined ? 'from its answer' : 'from its answer, then by asking'
    return `| ${VERBS[verb]} | ${takes(call)} | ${call.reversible ? 'yes' : '**no**'} | ${twice} | ${end} | [${call.certainty}] ${call.doc} |`
  })
  return [
    'What [notify](../notices.md) can make of it, with the settings of the sample. A call marked [B] or [C] stays off until the contract says how an operator made sure of it.',
    '',
    '| told of | by | can be undone | telling it twice | how it went | built from |',
    '|---|---|---|---|---|---|',
    ...rows,
  ]
}

function takes({ takes: classes }: NoticeAbility): string {
  return Object.entries(classes)
    .map(([name, kinds]) =>
      kinds === 'any' ? `\`${name}\`` : `\`${name}\` (${kinds.map((kind) => kind || 'plain').join(', ')})`,
    )
    .join(', ')
}

function example({ calls }: NoticeAbilities, connection: Connection): readonly string[] {
  for (const verb of TOLD_VERBS) {
    const call = calls[verb]
    const [first] = Object.entries(call?.takes ?? {})
    const encoder = call?.under(connection)
    if (first === undefined || encoder === undefined) continue
    const [name, kinds] = first
    const kind = kinds === 'any' ? (name === 'advertising_id' ? 'idfa' : '') : (kinds[0] ?? '')
    // Sound: the keys of `takes` are field classes.
    const identifier = { class: name as FieldClass, kind, value: VALUE, isPseudonym: false }
    const request = encoder.request({ ...SAMPLE, verb, identifier })
    if (request === undefined) continue
    const { method, origin, path, headers, body } = request
    return [
      `Of ${VERBS[verb]}:`,
      '',
      '```',
      `${method} ${path}`,
      `Host: ${new URL(origin).host}`,
      ...Object.entries(headers).map(([header, value]) => `${header}: ${value}`),
      ...(request.sign === undefined ? [] : [`${request.sign.header}: ${request.sign.prefix}<HMAC of the body>`]),
      ...(body === '' ? [] : ['', body]),
      '```',
      ...(request.tokens ?? []).flatMap(({ name, claims }) => [
        '',
        `\`{{token:${name}}}\` is a JWT that the gateway signs (ES256), with \`iss\` and:`,
        '',
        '```json',
        JSON.stringify(claims),
        '```',
      ]),
    ]
  }
  return []
}

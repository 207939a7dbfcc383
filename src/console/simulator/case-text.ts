/** A simulation as a case of the contract: YAML for `partners/<id>.cases.yaml`. */
import type { AnswerOf } from '../api/client.ts'
import { type Asked, DEFAULT_PERSONA } from './state.ts'

type OfPartner = Pick<AnswerOf<'simulate'>['partners'][number], 'result' | 'why' | 'fields'>

export function caseText(asked: Asked, event: string, { result, why, fields }: OfPartner): string {
  const { persona = DEFAULT_PERSONA, choice, gpc, att, country } = asked
  const state = Object.entries({ choice, gpc, att, country }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${/^\d/.test(value) ? `'${value}'` : value}`],
  )
  const name = [persona, ...state].join(', ').replaceAll(/['_:]/g, ' ')
  return [
    `- name: ${name}`,
    `  persona: ${persona}`,
    `  event_name: ${JSON.stringify(event)}`,
    ...(state.length === 0 ? [] : [`  state: { ${state.join(', ')} }`]),
    result === 'withheld' ? `  expect: { withheld: ${why} }` : `  expect: { fields: { ${fieldsText(fields)} } }`,
  ].join('\n')
}

function fieldsText(fields: OfPartner['fields']): string {
  return Object.entries(fields)
    .filter(([, { treatment }]) => treatment !== 'drop')
    .map(
      ([field, { treatment }]) =>
        `${field}: ${/^\d+\/\d+$/.test(treatment) ? `[${treatment.replace('/', ', ')}]` : treatment}`,
    )
    .join(', ')
}

/** Validates a contract's grants: what the type supports, and what remains under a restriction. */
import { atMost, DROP, FIELD_CLASSES, type FieldClass, meet } from '../../model/field-class.ts'
import { type Problem, printPath } from '../../model/problem.ts'
import type { PartnerType } from '../../partners/kit/type.ts'
import { levelOf, wordFor } from '../levels.ts'
import type { ContractOptions, Share, TreatmentWord } from '../options/contract.ts'
import type { Parts } from '../salvage.ts'
import { problemAt, type Source } from '../source.ts'

export function checkShare(
  source: Source,
  { events, share, when_restricted: restricted }: Parts<ContractOptions>,
  type: PartnerType | undefined,
): readonly Problem[] {
  return [
    ...(share === undefined || type === undefined ? [] : checkAbilities(source, share, type)),
    ...(share === undefined || restricted === undefined ? [] : checkRestricted(source, share, restricted)),
    ...(share === undefined || restricted === undefined || events === undefined
      ? []
      : checkProperties(source, events, share, restricted, type)),
  ]
}

function checkAbilities(source: Source, share: Share, { type, abilities }: PartnerType): readonly Problem[] {
  return granted(share).flatMap(([fieldClass, word]) => {
    const able = abilities[fieldClass] ?? DROP
    const asked = levelOf(fieldClass, word)
    if (atMost(fieldClass, asked, able)) return []
    const coarser = wordFor(fieldClass, meet(fieldClass, asked, able))
    return [
      problemAt(source, ['share', fieldClass], {
        found: `${wordFor(fieldClass, asked)}, which the type ${type} cannot carry`,
        allowed: able === DROP ? 'drop' : `at most ${coarser}`,
        hint: able === DROP ? `Remove it: a ${type} request has no place for ${fieldClass}.` : '',
      }),
    ]
  })
}

/** Terms for restricted users may only lower the general terms. */
function checkRestricted(
  source: Source,
  share: Share,
  restricted: ContractOptions['when_restricted'],
): readonly Problem[] {
  const path = ['when_restricted', 'share']
  if (restricted.send === 'nothing') {
    if (Object.keys(restricted.share).length === 0) return []
    return [
      problemAt(source, path, {
        found: 'terms for restricted people, to whose events send: nothing applies',
        hint: 'Write send: limited, or remove share.',
        at: 'key',
      }),
    ]
  }
  return granted(restricted.share).flatMap(([fieldClass, word]) => {
    if (fieldClass === 'property' && share.property === undefined) return []
    const whole = share[fieldClass] === undefined ? DROP : levelOf(fieldClass, share[fieldClass])
    const asked = levelOf(fieldClass, word)
    if (atMost(fieldClass, asked, whole)) return []
    return [
      problemAt(source, [...path, fieldClass], {
        found: `${wordFor(fieldClass, asked)} for restricted people, which is more than share grants`,
        allowed: whole === DROP ? 'drop' : `at most ${wordFor(fieldClass, meet(fieldClass, asked, whole))}`,
      }),
    ]
  })
}

/** Listing a property grants it; `share.property` is optional. */
function checkProperties(
  source: Source,
  events: ContractOptions['events'],
  share: Share,
  restricted: ContractOptions['when_restricted'],
  type: PartnerType | undefined,
): readonly Problem[] {
  const first = Object.entries(events).find(([, { properties }]) => Object.keys(properties).length > 0)
  const { property } = share
  if (first === undefined) {
    if (property !== 'pass' && restricted.share.property !== 'pass') return []
    const path = property === 'pass' ? ['share', 'property'] : ['when_restricted', 'share', 'property']
    return [
      problemAt(source, path, {
        found: 'properties are granted, and no event names one',
        hint: 'Name them under events.',
      }),
    ]
  }
  if (property === 'drop') {
    const hint = 'Naming a property is its grant: remove the one or the other.'
    return [
      problemAt(source, ['share', 'property'], {
        found: `drop, and ${printPath(['events', first[0]])} names properties`,
        hint,
      }),
    ]
  }
  if (type === undefined || (type.abilities.property ?? DROP) !== DROP) return []
  return [
    problemAt(source, ['events', first[0], 'properties'], {
      found: `properties, which the type ${type.type} cannot carry`,
      hint: 'Remove them.',
      at: 'key',
    }),
  ]
}

function granted(share: Share): readonly (readonly [FieldClass, TreatmentWord])[] {
  return FIELD_CLASSES.flatMap((fieldClass) => {
    const word = share[fieldClass]
    return word === undefined || word === 'drop' ? [] : [[fieldClass, word] as const]
  })
}

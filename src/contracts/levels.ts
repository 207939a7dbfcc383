/** Converts treatments between contract notation and levels. */
import { type FieldClass, ipLevel, LADDERS, type Level, topOf, treatmentName } from '../model/field-class.ts'
import type { TreatmentWord } from './options/contract.ts'

/** The level of a word that passed the schema. */
export function levelOf(fieldClass: FieldClass, word: TreatmentWord): Level {
  const ladder = LADDERS[fieldClass]
  if (typeof word !== 'string') return ipLevel(word[0], word[1])
  if (word === 'pass') return topOf(fieldClass)
  return ladder === 'ip' ? 0 : Math.max(0, (ladder as readonly string[]).indexOf(word))
}

/** In contract notation: `[24, 48]` for an IP, otherwise the treatment's name. */
export function wordFor(fieldClass: FieldClass, level: Level): string {
  const name = treatmentName(fieldClass, level)
  return name.includes('/') ? `[${name.replace('/', ', ')}]` : name
}

import { type FieldClass, type Level, topOf } from '../model/field-class.ts'

/** Abilities of an interface that has a place for these classes as they are. */
export function passes(...classes: readonly FieldClass[]): Readonly<Partial<Record<FieldClass, Level>>> {
  return Object.fromEntries(classes.map((name) => [name, topOf(name)]))
}

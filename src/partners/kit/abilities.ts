import { FIELD_CLASSES, type FieldClass, type Level, topOf } from '../../model/field-class.ts'

/**
 * Abilities of an interface that accepts these classes unchanged.
 * @param classes names, separated by spaces
 * @throws TypeError for a name that is no field class
 */
export function passes(classes: string): Readonly<Partial<Record<FieldClass, Level>>> {
  return Object.fromEntries(
    classes.split(' ').map((text) => {
      const name = FIELD_CLASSES.find((one) => one === text)
      if (name === undefined) throw new TypeError(`${text} is no field class`)
      return [name, topOf(name)]
    }),
  )
}

/** JSON pointers, and all leaves of a value with theirs. */

export type Leaf = readonly [pointer: string, text: string]

/** The value at a pointer; undefined if there is none. */
export function valueAt(value: unknown, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>(
      (inner, step) =>
        typeof inner === 'object' && inner !== null && Object.hasOwn(inner, step)
          ? (inner as Readonly<Record<string, unknown>>)[step]
          : undefined,
      value,
    )
}

/** Strings, numbers and booleans with their pointers. JSON inside a string is walked below that string's pointer. */
export function leavesWithPointers(value: unknown, pointer = ''): Leaf[] {
  switch (typeof value) {
    case 'string':
      return value === '' ? [] : [[pointer, value], ...insideOf(value, pointer)]
    case 'number':
    case 'boolean':
      return [[pointer, String(value)]]
    case 'object':
      return value === null
        ? []
        : Object.entries(value).flatMap(([key, inner]) =>
            leavesWithPointers(inner, `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`),
          )
    default:
      return []
  }
}

function insideOf(text: string, pointer: string): Leaf[] {
  if (!/^\s*[[{]/.test(text)) return []
  try {
    return leavesWithPointers(JSON.parse(text), pointer)
  } catch {
    // It only looks like JSON.
    return []
  }
}

/** Replaces list positions: `/data/0/x` → `/data/N/x`. */
export function anyPosition(pointer: string): string {
  const [first = '', ...steps] = pointer.split('/')
  return [first, ...steps.map((step) => (/^\d+$/.test(step) ? 'N' : step))].join('/')
}

/** JSON pointers, and every leaf of a value with its own. */

export type Leaf = readonly [pointer: string, text: string]

/** What a pointer leads to; undefined where it leads nowhere. */
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

/** Texts, numbers and switches, each with its pointer; JSON inside a text is walked as well, below the text's own pointer. */
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
    // A text that only begins like JSON.
    return []
  }
}

/** A pointer whose list positions do not count: `/data/0/x` → `/data/N/x`. */
export function anyPosition(pointer: string): string {
  const [first = '', ...steps] = pointer.split('/')
  return [first, ...steps.map((step) => (/^\d+$/.test(step) ? 'N' : step))].join('/')
}

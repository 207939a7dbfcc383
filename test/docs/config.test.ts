/** Holds docs/config.md against the schemas, both ways: keys, what is allowed, defaults, treatments. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, test } from 'node:test'
import type { z } from 'zod'
import { APPS_OPTIONS } from '../../src/contracts/options/apps.ts'
import { CONTRACT_OPTIONS } from '../../src/contracts/options/contract.ts'
import { DEFAULTS_OPTIONS } from '../../src/contracts/options/defaults.ts'
import { GATEWAY_OPTIONS } from '../../src/contracts/options/gateway.ts'
import { POLICY_OPTIONS } from '../../src/contracts/options/policy.ts'
import { LADDERS } from '../../src/model/field-class.ts'

const page = await readFile(new URL('../../docs/config.md', import.meta.url), 'utf8')

interface Row {
  readonly key: string
  readonly meaning: string
  readonly allowed: string
  readonly fallback: string
}

function rowsOf(section: string): readonly Row[] {
  const text = page.split(`\n## ${section}\n`)[1]?.split('\n## ')[0]?.split('\n### ')[0] ?? ''
  return [...text.matchAll(/^\| `([^`]+)` \|([^|]*)\|([^|]*)\|([^|]*)\|$/gm)].map((cells) => {
    const [, key = '', meaning = '', allowed = '', fallback = ''] = cells.map((cell) => cell.trim())
    return { key, meaning, allowed, fallback }
  })
}

type Kind = z.core.$ZodTypes
interface Key {
  readonly key: string
  readonly kind: Kind
  readonly fallback: string
}

/** Every key of a schema, as the page spells it. `share` and rules by age are told in tables of their own. */
function keysOf(schema: z.core.$ZodType, above = ''): readonly Key[] {
  const { def } = (schema as Kind)._zod
  switch (def.type) {
    case 'object':
      return Object.entries(def.shape).flatMap(([name, child]) => {
        const key = above === '' ? name : `${above}.${name}`
        const { kind, fallback } = unwrap(child)
        return [{ key, kind, fallback }, ...(/share$/.test(key) ? [] : keysOf(kind, key))]
      })
    case 'array':
      return keysOf(def.element, `${above}[]`)
    case 'record':
      return keysOf(def.valueType, `${above}.*`)
    default:
      return []
  }
}

function unwrap(schema: z.core.$ZodType): { kind: Kind; fallback: string } {
  const kind = schema as Kind
  const { def } = kind._zod
  if (def.type === 'optional') return { kind: unwrap(def.innerType).kind, fallback: '—' }
  if (def.type === 'prefault') return { kind: unwrap(def.innerType).kind, fallback: '' }
  if (def.type === 'default')
    return { kind: unwrap(def.innerType).kind, fallback: `\`${JSON.stringify(def.defaultValue)}\`` }
  return { kind, fallback: 'required' }
}

const FILES: readonly (readonly [string, z.ZodType])[] = [
  ['gateway.yaml', GATEWAY_OPTIONS],
  ['apps.yaml', APPS_OPTIONS],
  ['policy.yaml', POLICY_OPTIONS],
  ['defaults.yaml', DEFAULTS_OPTIONS],
  ['partners/*.yaml', CONTRACT_OPTIONS],
]

for (const [file, schema] of FILES) {
  describe(`docs/config.md: ${file}`, () => {
    const rows = rowsOf(file)
    const keys = keysOf(schema)

    test('names every key of the schema, in its order, and no other', () => {
      assert.ok(keys.length >= 10, 'the walk found the schema’s keys')
      assert.deepEqual(
        rows.map(({ key }) => key),
        keys.map(({ key }) => key),
      )
    })

    test('says what each means', () => {
      assert.deepEqual(
        rows.filter(({ meaning }) => meaning === '').map(({ key }) => key),
        [],
      )
    })

    for (const { key, kind, fallback } of keys) {
      test(`${key}: default and range are the schema’s`, () => {
        const row = rows.find((one) => one.key === key)
        assert.equal(row?.fallback, fallback)
        const { def } = kind._zod
        if (def.type === 'number') assert.equal(row?.allowed, rangeOf(kind as unknown as z.ZodNumber))
        if (def.type === 'enum') assert.equal(row?.allowed, Object.values(def.entries).join(', '))
        if (def.type === 'boolean') assert.equal(row?.allowed, 'true or false')
      })
    }
  })
}

function rangeOf({ isInt, minValue, maxValue }: z.ZodNumber): string {
  return `${isInt ? 'a whole number' : 'a number'} from ${minValue} to ${maxValue}`
}

test('docs/config.md: names every field class with its treatments', () => {
  const text = page.split('\n### Field classes and their treatments\n')[1] ?? ''
  const told = [...text.matchAll(/^\| `(\w+)` \| (.*) \|$/gm)].map(([, name, treatments]) => `${name}: ${treatments}`)
  const meant = Object.entries(LADDERS).map(([name, ladder]) => {
    if (ladder === 'ip') return `${name}: pass, [v4 bits 0 to 32, v6 bits 0 to 128], drop`
    const words = ladder.toReversed()
    return `${name}: ${(ladder.length === 1 || words[0] === 'pass' ? words : ['pass', ...words]).join(', ')}`
  })
  assert.deepEqual(told, meant)
})

test('docs/config.md: the shipped types are the ones it names', async () => {
  const { partnerTypes } = await import('../../src/partners/registry.ts')
  const told = /an entry of the catalogue: ([^|]+) \|/.exec(page)?.[1]?.match(/\w+/g)
  assert.deepEqual(told?.sort(), [...partnerTypes().keys()].sort())
})
